// SPDX-License-Identifier: Apache-2.0
// What the test programs do with a libcrypto: draw, make a key, sign, verify, hash, and see X25519 refused.
#pragma once

#include <string>

#include "libcrypto/library.h"

namespace kif::test {

/// Uses `crypto` in the calling thread. Empty, or the first thing that went wrong with OpenSSL's reasons.
std::string use(const libcrypto::Libcrypto& crypto);

/// "ok NAME" or "not ok NAME: REASON" on stdout; true where the reason is empty.
bool report(const std::string& name, const std::string& reason);

} // namespace kif::test
