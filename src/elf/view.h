// SPDX-License-Identifier: Apache-2.0
// Checked access to the bytes of an ELF file that may be hostile. The first thing that lies where it must not is
// remembered as the reason why the file is refused; every later access gives nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kif::elf {

class View {
public:
  explicit View(std::span<const std::byte> content) : m_content(content) {}

  /// Why the file is refused; empty: it is not.
  const std::string& reason() const noexcept { return m_reason; }
  bool is_good() const noexcept { return m_reason.empty(); }
  void refuse(std::string_view reason);

  /// A structure at a place in the file. `what` begins the reason: "a symbol".
  template <class T> std::optional<T> copy(std::uint64_t offset, std::string_view what) {
    T value;
    if (!holds(offset, sizeof value)) {
      refuse(std::string(what) + " lies outside the file");
      return std::nullopt;
    }
    std::memcpy(&value, m_content.data() + offset, sizeof value);
    return value;
  }

  /// Notes a part of the file that is loaded. Refuses what lies outside the file.
  void add_segment(std::uint64_t address, std::uint64_t offset, std::uint64_t size);
  /// Where the bytes at a load address are in the file.
  std::optional<std::uint64_t> offset_of(std::uint64_t address, std::string_view what);
  /// The bytes from a load address on, where one segment holds them all; else none. Never a reason to refuse.
  std::span<const std::byte> bytes_at(std::uint64_t address, std::uint64_t size) const;

  /// Tells where the dynamic string table is loaded.
  void set_strings(std::optional<std::uint64_t> address, std::uint64_t size);
  /// A name in it.
  std::optional<std::string> name_at(std::uint64_t index);

private:
  struct Segment {
    std::uint64_t address;
    std::uint64_t offset;
    std::uint64_t size;
  };

  bool holds(std::uint64_t offset, std::uint64_t size) const {
    return offset <= m_content.size() && size <= m_content.size() - offset;
  }

  std::span<const std::byte> m_content;
  std::string m_reason;
  std::vector<Segment> m_segments;
  std::optional<std::uint64_t> m_string_address;
  std::optional<std::uint64_t> m_string_offset;
  std::uint64_t m_string_bytes = 0;
  std::size_t m_name_bytes = 0;
};

} // namespace kif::elf
