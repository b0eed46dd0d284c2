// SPDX-License-Identifier: Apache-2.0
// The tables at the head of a 64-bit little-endian ELF file that may be hostile: every reader of this room walks them
// here. Nothing outside the file is read, and no count is believed before its bytes are there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <elf.h>

#include "base/result.h"

namespace kif::elf {

/// Fills `into` with the file's bytes from a place on; false where they are not all there.
using ReadAt = std::function<bool(std::uint64_t offset, std::span<std::byte> into)>;
/// `content` must outlive what is made of it.
ReadAt in_memory(std::span<const std::byte> content);
/// By pread(2), for files that are too large to be held. `fd` stays open as long.
ReadAt in_file(int fd);

/// Up to this size a table is read: a debug build of a browser stays below.
inline constexpr std::uint64_t k_max_table_bytes = 64ULL * 1024 * 1024;

/// `count` structures from a place on; none where they are not all there, or too many.
template <class T>
std::optional<std::vector<T>> read_table(const ReadAt& bytes, std::uint64_t offset, std::uint64_t count) {
  std::optional<std::vector<T>> table;
  if (count > k_max_table_bytes / sizeof(T))
    return table;
  table.emplace(static_cast<std::size_t>(count));
  if (!bytes(offset, std::as_writable_bytes(std::span(*table))))
    table.reset();
  return table;
}

struct Headers {
  Elf64_Ehdr file;
  std::vector<Elf64_Phdr> segments;
};

/// The reason in an error says what is wrong, and not of which file. unsupported: not a 64-bit little-endian ELF file;
/// invalid_input: its tables lie outside it.
Result<Headers> read_headers(const ReadAt& bytes);
/// The table of sections; empty where the file has none.
Result<std::vector<Elf64_Shdr>> read_sections(const ReadAt& bytes, const Elf64_Ehdr& file);

/// Whether the file is a program, or a library, that names no loader, as far as its first bytes show. One whose tables
/// lie after them is taken for one with a loader: linkers put them in front.
bool has_no_loader(std::span<const std::byte> head);

} // namespace kif::elf
