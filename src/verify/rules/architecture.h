// SPDX-License-Identifier: Apache-2.0
// The names that package managers have for processors, beside OCI's (Go's).
#pragma once

#include <string_view>

namespace kif::verify {

/// Of a platform as OCI writes it: "arm64" of "linux/arm64/v8"; empty for none.
std::string_view architecture_of(std::string_view platform) noexcept;

/// Whether a package for `written` ("x86_64", "all", …; empty: the document does not say) can be one of an image for
/// `image`, as OCI names it ("amd64"; empty: not known). A name that is in no table fits an image of that name alone.
bool fits_architecture(std::string_view written, std::string_view image) noexcept;

} // namespace kif::verify
