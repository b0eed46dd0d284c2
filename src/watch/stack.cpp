// SPDX-License-Identifier: Apache-2.0
#include "watch/stack.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include <sys/auxv.h>

#include "watch/proc_text.h"

namespace kif::watch {
namespace {

// Deep enough for a seed's way from RAND_bytes to getrandom in every OpenSSL 3 and 4 (about 1.5 kB), and one page more.
constexpr std::size_t k_stack_window_bytes = 8192;

std::optional<std::uint64_t> parse_hex(std::string_view text) {
  if (text.starts_with("0x"))
    text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::string_view take_field(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::string_view field = line.substr(0, line.find(' '));
  line.remove_prefix(field.size());
  return field;
}

std::optional<Mapping> parse_mapping(std::string_view line) {
  const std::string_view range = take_field(line);
  const std::string_view permissions = take_field(line);
  const auto offset = parse_hex(take_field(line));
  take_field(line); // device
  take_field(line); // inode
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos || permissions.size() < 3 || permissions[2] != 'x' || !offset)
    return std::nullopt;
  const auto begin = parse_hex(range.substr(0, dash));
  const auto end = parse_hex(range.substr(dash + 1));
  if (!begin || !end)
    return std::nullopt;
  return Mapping{*begin, *end, *offset, line.empty() ? "[anonymous]" : std::string(line)};
}

// With code or without: a loader's first page has none.
std::string file_mapped_at(std::string_view maps, std::uint64_t address) {
  while (!maps.empty()) {
    std::string_view line = maps.substr(0, maps.find('\n'));
    maps.remove_prefix(std::min(line.size() + 1, maps.size()));
    const std::string_view range = take_field(line);
    const std::size_t dash = std::min(range.find('-'), range.size());
    const auto begin = parse_hex(range.substr(0, dash));
    const auto end = parse_hex(range.substr(std::min(dash + 1, range.size())));
    if (!begin || !end || address < *begin || address >= *end)
      continue;
    for (int skipped = 0; skipped < 4; ++skipped)
      take_field(line);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    return std::string(line);
  }
  return {};
}

// The longest readable front part of the stack above `from`, in whole words.
std::vector<std::uint64_t> read_stack(const Tracee& tracee, int tid, std::uint64_t from) {
  for (std::size_t bytes = k_stack_window_bytes; bytes >= 256; bytes /= 2) {
    std::vector<std::uint64_t> words(bytes / sizeof(std::uint64_t));
    if (tracee.read_memory(tid, from, std::as_writable_bytes(std::span(words))))
      return words;
  }
  return {};
}

} // namespace

std::vector<Mapping> parse_executable_mappings(std::string_view maps) {
  std::vector<Mapping> mappings;
  while (!maps.empty()) {
    const std::string_view line = maps.substr(0, maps.find('\n'));
    maps.remove_prefix(std::min(line.size() + 1, maps.size()));
    if (auto mapping = parse_mapping(line))
      mappings.push_back(*std::move(mapping));
  }
  return mappings;
}

std::optional<Frame> locate(const std::vector<Mapping>& mappings, std::uint64_t address) {
  const auto after =
      std::upper_bound(mappings.begin(), mappings.end(), address,
                       [](std::uint64_t value, const Mapping& mapping) { return value < mapping.begin; });
  if (after == mappings.begin() || address >= std::prev(after)->end)
    return std::nullopt;
  const Mapping& mapping = *std::prev(after);
  return Frame{mapping.file, address - mapping.begin + mapping.file_offset};
}

std::string libc_of_loader(std::string_view maps, std::string_view auxiliary_vector) {
  std::uint64_t base = 0;
  std::uint64_t entry = 0;
  for (; auxiliary_vector.size() >= 16; auxiliary_vector.remove_prefix(16)) {
    std::array<std::uint64_t, 2> pair{};
    std::memcpy(pair.data(), auxiliary_vector.data(), 16);
    if (pair[0] == AT_BASE)
      base = pair[1];
    if (pair[0] == AT_ENTRY)
      entry = pair[1];
  }
  const std::string loader = file_mapped_at(maps, base != 0 ? base : entry);
  const std::size_t name = loader.rfind('/') + 1; // 0 without a slash
  // A program without a loader is mapped at its entry, too.
  return name > 0 && loader.compare(name, 3, "ld-") == 0 ? loader.substr(0, name) + "libc.so.6" : std::string();
}

std::optional<std::uint64_t> parse_stack_begin(std::string_view stat) {
  constexpr int k_fields_between = 25;             // from the third, the state, to the 28th
  const std::size_t end_of_name = stat.rfind(')'); // the name can hold anything
  if (end_of_name == std::string_view::npos)
    return std::nullopt;
  stat.remove_prefix(end_of_name + 1);
  for (int skipped = 0; skipped < k_fields_between; ++skipped)
    take_field(stat);
  const std::string_view field = take_field(stat);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return error == std::errc() && !field.empty() && end == field.data() + field.size() ? std::optional(value)
                                                                                      : std::nullopt;
}

// "318 0x… (six arguments) 0xSTACK 0xINSTRUCTION"
std::optional<std::uint64_t> parse_stack_pointer(std::string_view syscall_line) {
  for (int skipped = 0; skipped < 7; ++skipped)
    take_field(syscall_line);
  return parse_hex(take_field(syscall_line));
}

bool ends_in_call(std::span<const std::byte, k_call_bytes> code) noexcept {
  const auto at = [&code](std::size_t before_end) {
    return std::to_integer<unsigned>(code[k_call_bytes - before_end]);
  };
#if defined(__aarch64__)
  const unsigned word = at(4) | at(3) << 8U | at(2) << 16U | at(1) << 24U;
  return (word & 0xFC000000U) == 0x94000000U || (word & 0xFFFFFC1FU) == 0xD63F0000U;
#else
  if (at(5) == 0xE8)
    return true;
  // FF /2: the second byte's middle three bits are 2. Length 2 (register), 3 (short displacement or prefix), 4, 6
  // and 7.
  return std::ranges::any_of(std::array<std::size_t, 5>{2, 3, 4, 6, 7}, [&at](std::size_t length) {
    return at(length) == 0xFF && (at(length - 1) & 0x38U) == 0x10U;
  });
#endif
}

std::vector<Frame> stack_frames(const Tracee& tracee, int tid, std::uint64_t instruction_pointer) {
  const auto line = read_proc(tid, "syscall");
  const auto stack_pointer = line ? parse_stack_pointer(*line) : std::nullopt;
  return stack_frames_above(tracee, tid, instruction_pointer, stack_pointer.value_or(0));
}

std::vector<Frame> stack_frames_above(const Tracee& tracee, int tid, std::uint64_t instruction_pointer,
                                      std::uint64_t stack_pointer) {
  const auto maps = read_proc(tid, "maps");
  if (!maps)
    return {};
  const std::vector<Mapping> mappings = parse_executable_mappings(*maps);
  std::vector<Frame> frames;
  if (auto frame = locate(mappings, instruction_pointer))
    frames.push_back(*std::move(frame));
  if (stack_pointer == 0)
    return frames;
  for (const std::uint64_t word : read_stack(tracee, tid, stack_pointer)) {
    auto frame = locate(mappings, word);
    std::array<std::byte, k_call_bytes> code{};
    if (!frame || !tracee.read_memory(tid, word - k_call_bytes, code) || !ends_in_call(code))
      continue;
    frames.push_back(*std::move(frame));
    if (frames.size() == k_max_frames)
      break;
  }
  return frames;
}

} // namespace kif::watch
