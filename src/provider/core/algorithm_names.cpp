// SPDX-License-Identifier: Apache-2.0
#include "provider/core/algorithm_names.h"

#include <strings.h>

namespace kif::provider {

bool same_name(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool has_name(std::string_view names, std::string_view name) noexcept {
  return any_part(names, ':', [&](std::string_view part) { return same_name(part, name); });
}

} // namespace kif::provider
