// SPDX-License-Identifier: Apache-2.0
// Bytes that no other request has, of this process or another: not random, and credited with no entropy.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace kif::provider {

/// Made anew at each construction, of what is new each time or elsewhere, the most distinct first, so that a cut leaves
/// as much as can be: the time of day, the number of the request in this process, its process and thread, and the time
/// since the machine's start. Mixed one into the next, since modules from 3.4 on count repeated bytes in what they are
/// given (fips_crng_test.c), and a count has many zeros.
class DistinctData {
public:
  explicit DistinctData(std::size_t room) noexcept;
  /// 32 bytes, or as many of them as there is room for.
  std::span<const std::byte> bytes() const noexcept { return std::as_bytes(std::span(m_words)).first(m_size); }

private:
  std::array<std::uint64_t, 4> m_words;
  std::size_t m_size;
};

} // namespace kif::provider
