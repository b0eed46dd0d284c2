// SPDX-License-Identifier: Apache-2.0
#include "layer/tar_sparse.h"

#include <charconv>
#include <cstddef>

namespace kif::oci {
namespace {

constexpr std::uint64_t k_max_extents = 65'536; // 1 MiB of them; a header of 1 MiB holds as many

} // namespace

std::optional<std::vector<SparseExtent>> parse_sparse_map(std::string_view text) {
  std::vector<SparseExtent> extents;
  std::optional<std::uint64_t> offset;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view digits = text.substr(0, comma);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size() || extents.size() == k_max_extents)
      return std::nullopt;
    if (offset) {
      extents.push_back({*offset, number});
      offset.reset();
    } else {
      offset = number;
    }
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return offset ? std::nullopt : std::optional(std::move(extents));
}

bool is_good_sparse_map(const std::vector<SparseExtent>& extents, std::uint64_t real_size, std::uint64_t stored) {
  if (real_size > INT64_MAX)
    return false;
  std::uint64_t end = 0;
  std::uint64_t sum = 0;
  for (const SparseExtent& extent : extents) {
    if (extent.offset < end || extent.offset > real_size || extent.size > real_size - extent.offset)
      return false;
    end = extent.offset + extent.size;
    sum += extent.size; // no more than real_size, since they do not overlap
  }
  return sum == stored;
}

bool SparseMapParser::add(std::string_view text) {
  for (const char c : text) {
    if (m_is_complete)
      return true;
    if (c == '\n') {
      if (!m_has_digit || !add_number(m_number))
        return false;
      m_number = 0;
      m_has_digit = false;
    } else if (c >= '0' && c <= '9' && m_number <= INT64_MAX / 10 - 1) {
      m_number = m_number * 10 + static_cast<std::uint64_t>(c - '0');
      m_has_digit = true;
    } else {
      return false;
    }
  }
  return true;
}

bool SparseMapParser::add_number(std::uint64_t number) {
  if (!m_left) {
    if (number > k_max_extents)
      return false;
    m_left = 2 * number;
  } else {
    --*m_left;
    if (m_offset) {
      m_extents.push_back({*m_offset, number});
      m_offset.reset();
    } else {
      m_offset = number;
    }
  }
  m_is_complete = *m_left == 0;
  return true;
}

} // namespace kif::oci
