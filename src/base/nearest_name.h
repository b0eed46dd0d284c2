// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the known name nearest to a mistyped one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kif {

/// The nearest of `known` by the number of letters inserted, dropped, replaced or swapped with their neighbour, where
/// that number is at most a third of the longer name's length (at least 1): farther ones are other words, not typing
/// errors.
std::optional<std::string> nearest_name(std::string_view typed, const std::vector<std::string>& known);

} // namespace kif
