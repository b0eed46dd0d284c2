// SPDX-License-Identifier: Apache-2.0
// The power-on checks, in their order: the layer's files; then, through the OpenSSL load that the application is going
// to make, the jitter source's start-up test and the module's self-tests; then the origin of the first seed, and
// whether two processes draw different bytes.
#pragma once

#include <string>
#include <vector>

#include "init/failure.h"
#include "init/status.h"

namespace kif::init {

/// Where the layer's parts lie.
struct Layer {
  std::string manifest = "/usr/share/kif/manifest.sha256";
  std::string entropy_library = "/usr/lib/kif/libjitterentropy.so.3";
  /// The manifest must name these, or it is not this layer's.
  std::vector<std::string> required = {"/usr/lib/kif/fips.so",         "/usr/lib/kif/kif-fips.so",
                                       "/usr/lib/kif/kif-provider.so", "/usr/lib/kif/libjitterentropy.so.3",
                                       "/usr/lib/kif/kif-init",        "/usr/lib/kif/libkif-random.so",
                                       "/etc/kif/openssl.cnf",         "/etc/ld.so.preload"};
};

/// Loads libcrypto and, by its configuration, the module into this process, where they stay: run it in a process that
/// ends after it, or that does nothing else. `libcrypto` is a library's name, "libcrypto.so.3"; null: the newest that
/// the loader finds.
Checked<Ready> run_checks(const Layer& layer, const char* libcrypto = nullptr);

} // namespace kif::init
