// SPDX-License-Identifier: Apache-2.0
// Whether a 64-bit ELF file is whole, and where its sections are: what the loader would not look at, and an editor or a
// broken download leaves behind.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kif::elf {

/// Why the file is not whole: "a section lies outside the file". Empty: no reason was seen. A file without a table of
/// sections may be whole.
std::string structural_damage(std::span<const std::byte> content);

/// Where a section of that name and size is in the file. What structural_damage() finds fault with has none.
std::optional<std::uint64_t> section_at(std::span<const std::byte> content, std::string_view name, std::uint64_t size);

} // namespace kif::elf
