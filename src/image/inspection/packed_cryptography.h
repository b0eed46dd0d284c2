// SPDX-License-Identifier: Apache-2.0
// Archives with cryptography of their own, which are not unpacked to be looked into: told by their names.
#pragma once

#include <optional>
#include <string_view>

namespace kif::image {

/// What a jar or a wheel of this file name brings past the FIPS module, as the beginning of a sentence that its path
/// ends: "Conscrypt brings BoringSSL". None for all others. Whoever renames a jar is not found.
std::optional<std::string_view> packed_cryptography(std::string_view file_name) noexcept;

} // namespace kif::image
