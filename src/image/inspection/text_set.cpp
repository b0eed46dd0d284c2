// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/text_set.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace kif::image {

// The three bytes before `end`, by Fibonacci hashing to 13 bits. Four bytes are there before every end.
std::size_t TextSet::slot_before(const char* end) noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, end - sizeof value, sizeof value);
  if constexpr (std::endian::native == std::endian::little)
    value >>= 8U;
  return ((value & 0xffffffU) * 0x9e3779b1U) >> 19U;
}

TextSet::TextSet(std::vector<std::string_view> texts) : m_texts(std::move(texts)) {
  m_shift.fill(k_min_bytes - k_block_bytes + 1);
  for (std::size_t number = 0; number < m_texts.size(); ++number) {
    const char* text = m_texts[number].data();
    for (std::size_t end = k_block_bytes; end <= k_min_bytes; ++end) {
      std::array<char, sizeof(std::uint32_t)> block{};
      std::copy_n(text + end - k_block_bytes, k_block_bytes, block.begin() + 1);
      std::uint8_t& shift = m_shift[slot_before(block.data() + block.size())];
      shift = std::min(shift, static_cast<std::uint8_t>(k_min_bytes - end));
    }
    m_candidates[slot_before(text + k_min_bytes)].push_back(static_cast<std::uint16_t>(number));
  }
}

void TextSet::visit(std::string_view content, const std::function<void(std::size_t, std::size_t)>& found) const {
  const char* const begin = content.data();
  for (std::size_t end = k_min_bytes; end <= content.size();) {
    const std::size_t slot = slot_before(begin + end);
    const std::size_t shift = m_shift[slot];
    if (shift != 0) {
      end += shift;
      continue;
    }
    const std::size_t at = end - k_min_bytes;
    for (const std::uint16_t number : m_candidates[slot])
      if (content.substr(at).starts_with(m_texts[number]))
        found(number, at);
    ++end;
  }
}

} // namespace kif::image
