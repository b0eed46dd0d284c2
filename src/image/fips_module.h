// SPDX-License-Identifier: Apache-2.0
// The FIPS module file: what it is, and what an openssl.cnf must say for OpenSSL to load it. Read, never run.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/payload.h"

namespace kif::image {

/// One line of a section of openssl.cnf.
struct ConfigLine {
  std::string key;
  std::string value;

  friend bool operator==(const ConfigLine&, const ConfigLine&) = default;
};

/// Reads the module `path`, or fips.so in the folder `path`. unsupported, with the reason, for what is no FIPS module
/// of OpenSSL 3 or later.
Result<PayloadFile> read_fips_module(const std::filesystem::path& path);

/// HMAC-SHA256 of the file under OpenSSL's public key, as `module-mac` has it: "23:F5:…". It finds damage, not malice:
/// the key is no secret (Configure, FIPSKEY).
std::string module_mac(std::string_view content);

/// The section that `openssl fipsinstall -self_test_onload` of the module's own version writes, `activate = 1` first.
/// Without the install status, so that the known-answer tests run at every load and nothing about one machine is
/// carried to another.
std::vector<ConfigLine> fipsinstall_lines(const PayloadFile& module);

} // namespace kif::image
