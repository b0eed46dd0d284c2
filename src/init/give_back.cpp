// SPDX-License-Identifier: Apache-2.0
#include "init/give_back.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"

namespace kif::init {
namespace {

/// Of a process with some dozens of libraries; 200 KB were seen.
constexpr std::size_t k_max_smaps_bytes = 4UL * 1024 * 1024;

std::string read_smaps() {
  std::string text;
  const UniqueFd file(::open("/proc/self/smaps", O_RDONLY | O_CLOEXEC));
  std::array<char, 16384> buffer{};
  ssize_t got = 0;
  while (file && text.size() < k_max_smaps_bytes && (got = ::read(file.get(), buffer.data(), buffer.size())) > 0)
    text.append(buffer.data(), static_cast<std::size_t>(got));
  return text;
}

/// "7f13912f7000-7f139167c000 r-xp 000f7000 fe:00 10027789    /usr/lib/libcrypto.so.3": a file's that cannot be
/// written; none: another's. `is_mapping`: whether it is such a line at all.
std::optional<AddressRange> parse_mapping(std::string_view line, bool& is_mapping) {
  AddressRange range;
  const char* const end = line.data() + line.size();
  const auto first = std::from_chars(line.data(), end, range.begin, 16);
  is_mapping = false;
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-')
    return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, range.end, 16);
  if (second.ec != std::errc{} || end - second.ptr < 6 || *second.ptr != ' ')
    return std::nullopt;
  is_mapping = true;
  const std::string_view rights(second.ptr + 1, 4);
  const bool is_file = line.find(" /") != std::string_view::npos;
  if (!is_file || rights[0] != 'r' || rights[1] == 'w' || rights[3] != 'p')
    return std::nullopt;
  return range;
}

} // namespace

std::vector<AddressRange> droppable_ranges(std::string_view smaps) {
  std::vector<AddressRange> found;
  std::optional<AddressRange> current;
  while (!smaps.empty()) {
    const std::string_view line = smaps.substr(0, smaps.find('\n'));
    smaps.remove_prefix(std::min(line.size() + 1, smaps.size()));
    bool is_mapping = false;
    if (const auto range = parse_mapping(line, is_mapping); is_mapping) {
      current = range;
      continue;
    }
    constexpr std::string_view k_anonymous = "Anonymous:";
    if (!current || !line.starts_with(k_anonymous))
      continue;
    const std::size_t digit = line.find_first_not_of(' ', k_anonymous.size());
    if (digit != std::string_view::npos && line.substr(digit) == "0 kB")
      found.push_back(*current);
    current.reset();
  }
  return found;
}

GivenBack::GivenBack() : m_ranges(droppable_ranges(read_smaps())) {
  ::malloc_trim(0);
  drop();
}

void GivenBack::drop() const noexcept {
  for (const AddressRange& range : m_ranges)
    ::madvise(reinterpret_cast<void*>(range.begin), range.end - range.begin, MADV_DONTNEED);
}

} // namespace kif::init
