// SPDX-License-Identifier: Apache-2.0
#include "elf/view.h"

#include <algorithm>

namespace kif::elf {
namespace {

constexpr std::size_t k_max_segments = 256;
// One name, and all names together: entries may share one long name, so the file's size does not bound what they cost.
constexpr std::size_t k_max_name_bytes = 4096;
constexpr std::size_t k_max_names_bytes = 64 * 1024 * 1024;

} // namespace

void View::refuse(std::string_view reason) {
  if (m_reason.empty())
    m_reason = reason;
}

void View::add_segment(std::uint64_t address, std::uint64_t offset, std::uint64_t size) {
  if (!holds(offset, size))
    return refuse("a segment lies outside the file");
  if (m_segments.size() == k_max_segments)
    return refuse("too many loaded segments");
  m_segments.push_back({address, offset, size});
}

std::optional<std::uint64_t> View::offset_of(std::uint64_t address, std::string_view what) {
  for (const Segment& segment : m_segments)
    if (address >= segment.address && address - segment.address < segment.size)
      return segment.offset + (address - segment.address);
  refuse(std::string(what) + " lies outside the loaded segments");
  return std::nullopt;
}

std::span<const std::byte> View::bytes_at(std::uint64_t address, std::uint64_t size) const {
  for (const Segment& segment : m_segments)
    if (address >= segment.address && address - segment.address < segment.size &&
        size <= segment.size - (address - segment.address))
      return m_content.subspan(segment.offset + (address - segment.address), size);
  return {};
}

void View::set_strings(std::optional<std::uint64_t> address, std::uint64_t size) {
  m_string_address = address;
  m_string_bytes = size;
}

std::optional<std::string> View::name_at(std::uint64_t index) {
  if (!m_string_offset && is_good())
    m_string_offset = m_string_address ? offset_of(*m_string_address, "the string table") : std::nullopt;
  if (!m_string_offset || index >= m_string_bytes) {
    refuse("a name lies outside the string table");
    return std::nullopt;
  }
  const std::uint64_t start = *m_string_offset + index;
  if (index >= m_content.size() - *m_string_offset) { // not `start >= size`: the sum of a hostile index wraps
    refuse("a name lies outside the file");
    return std::nullopt;
  }
  const auto rest = m_content.subspan(start, std::min<std::uint64_t>(m_content.size() - start, k_max_name_bytes));
  const auto* text = reinterpret_cast<const char*>(rest.data());
  const void* end = std::memchr(text, 0, rest.size());
  if (end == nullptr) {
    refuse("a name does not end");
    return std::nullopt;
  }
  std::string name(text, static_cast<const char*>(end));
  m_name_bytes += name.size();
  if (m_name_bytes > k_max_names_bytes) {
    refuse("too many long names");
    return std::nullopt;
  }
  return name;
}

} // namespace kif::elf
