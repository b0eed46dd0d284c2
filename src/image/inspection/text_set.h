// SPDX-License-Identifier: Apache-2.0
// Many texts looked for in one pass.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace kif::image {

/// Where any of some texts stands, by Wu and Manber's algorithm ("A fast algorithm for multi-pattern searching", 1994):
/// three bytes of the content tell how far the next place is that a text could end at. With dozens of texts it is about
/// as fast as memmem is with one, since it passes over all but every eighth byte.
class TextSet {
public:
  static constexpr std::size_t k_min_bytes = 10;

  /// The texts have k_min_bytes or more, and stay where they are as long as the set.
  explicit TextSet(std::vector<std::string_view> texts);

  /// Calls `found` with the number of a text and where it begins, in order of the places.
  void visit(std::string_view content, const std::function<void(std::size_t text, std::size_t at)>& found) const;

private:
  static constexpr std::size_t k_block_bytes = 3;
  static constexpr std::size_t k_slots = 8192;

  static std::size_t slot_before(const char* end) noexcept;

  std::vector<std::string_view> m_texts;
  std::array<std::uint8_t, k_slots> m_shift{};                  ///< how far to go on; 0: a text may end here
  std::array<std::vector<std::uint16_t>, k_slots> m_candidates; ///< the texts whose first k_min_bytes end so
};

} // namespace kif::image
