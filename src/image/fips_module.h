// SPDX-License-Identifier: Apache-2.0
// The FIPS module file: what it is, and what an openssl.cnf must say for OpenSSL to load it. Read, never run.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "facts/approved.h"
#include "image/payload.h"

namespace kif::image {

/// One line of a section of openssl.cnf.
struct ConfigLine {
  std::string key;
  std::string value;

  friend bool operator==(const ConfigLine&, const ConfigLine&) = default;
};

/// Reads the module `path`, or fips.so in the folder `path`. unsupported, with the reason, for what is no FIPS module
/// of OpenSSL 3 or later; digest_mismatch and invalid_input for one that is damaged (module_integrity.h).
Result<PayloadFile> read_fips_module(const std::filesystem::path& path);

/// HMAC-SHA256 of the file under OpenSSL's public key, as `module-mac` has it: "23:F5:…". It finds damage, not malice:
/// the key is no secret (Configure, FIPSKEY).
std::string module_mac(std::string_view content);
/// The bytes of a MAC in that form.
std::string mac_text(std::string_view mac);

/// Whether the module asks its libcrypto for `key` of its section.
bool has_switch(const PayloadFile& module, std::string_view key);

/// The section that `openssl fipsinstall -pedantic -self_test_onload` of the module's own version writes, `activate =
/// 1` first, with 0 for the switches of the features in `compat`. Without the install status, so that the known-answer
/// tests run at every load and nothing about one machine is carried to another.
std::vector<ConfigLine> fipsinstall_lines(const PayloadFile& module, const facts::ApprovedTable& table,
                                          const std::vector<std::string>& compat);

} // namespace kif::image
