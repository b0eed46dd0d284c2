// SPDX-License-Identifier: Apache-2.0
#include "broker/filter_count.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"

namespace kif::broker {

std::optional<unsigned> count_filters(pid_t task) {
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/status", static_cast<int>(task));
  const UniqueFd file(task > 0 ? ::open(path.data(), O_RDONLY | O_CLOEXEC) : -1);
  if (!file)
    return std::nullopt;
  // The kernel gives the whole text at once. Before the line comes the list of groups, which may have 65,536 entries:
  // who has that many is confined, for all that can be told.
  std::array<char, 8192> text{};
  const ssize_t got = ::read(file.get(), text.data(), text.size());
  if (got <= 0)
    return std::nullopt;
  constexpr std::string_view key =
      "\nSeccomp_filters:\t"; // a process's name, the only text of its own, has no newline here
  const std::string_view all(text.data(), static_cast<std::size_t>(got));
  const std::size_t at = all.find(key);
  if (at == std::string_view::npos)
    return std::nullopt;
  unsigned count = 0;
  const char* const first = all.data() + at + key.size();
  const auto [end, error] = std::from_chars(first, all.data() + all.size(), count);
  if (error != std::errc() || end == all.data() + all.size() || *end != '\n')
    return std::nullopt;
  return count;
}

} // namespace kif::broker
