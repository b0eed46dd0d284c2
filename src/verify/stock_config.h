// SPDX-License-Identifier: Apache-2.0
// The negative control's configuration: the hardened one with nothing of kif in the way of seeds and random bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace kif::verify {

/// The same module with the same self-test settings, loaded directly, so that libcrypto seeds it as it does anywhere:
/// from the kernel. Made from the layer's own configuration: the `module` of the section that has `kif-module` becomes
/// that path; all kif-* keys go, and so do [random]'s settings and the provider of the role seed-source. invalid_input
/// where the text has no such section: then there is no control.
Result<std::string> stock_config(std::string_view layer_config);

/// What ld.so.preload says without kif's library.
std::string stock_preload(std::string_view layer_preload);

} // namespace kif::verify
