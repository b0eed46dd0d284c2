// SPDX-License-Identifier: Apache-2.0
// Names of algorithms as OpenSSL writes them: ASCII, compared without case, several in one text
// (doc/man7/provider-base.pod, "Operations").
#pragma once

#include <cstddef>
#include <string_view>

namespace kif::provider {

/// Calls `visit` for each part of `text` between separators until it returns true; whether it did.
template <class Visit> bool any_part(std::string_view text, char separator, Visit visit) noexcept {
  for (;;) {
    const std::size_t end = text.find(separator);
    if (visit(text.substr(0, end)))
      return true;
    if (end == std::string_view::npos)
      return false;
    text.remove_prefix(end + 1);
  }
}

bool same_name(std::string_view a, std::string_view b) noexcept;

/// `names`: separated by colons, as in OSSL_ALGORITHM.
bool has_name(std::string_view names, std::string_view name) noexcept;

} // namespace kif::provider
