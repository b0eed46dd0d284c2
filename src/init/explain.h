// SPDX-License-Identifier: Apache-2.0
// Why OpenSSL did not load the module. It does not say so itself: a provider that its configuration activates and that
// fails is left out in silence, and a configuration that cannot be read is taken for an empty one. Only asked after a
// failure.
#pragma once

#include <string>
#include <string_view>

#include "libcrypto/library.h"

namespace kif::init {

struct Explanation {
  bool configured = false; ///< the configuration could be read and has a section for the provider
  std::string reason;      ///< OpenSSL's own words; empty where there is nothing wrong
};

/// Reads `file` again, in a library context of its own and with nothing activated, and loads `provider` by hand: that
/// leaves the errors.
Explanation explain_provider(const libcrypto::Libcrypto& crypto, const std::string& file, const char* provider);

/// A configuration's text without its `activate` lines.
std::string without_activation(std::string_view text);

} // namespace kif::init
