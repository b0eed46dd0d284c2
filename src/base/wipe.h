// SPDX-License-Identifier: Apache-2.0
// Memory that held a secret is overwritten before it is given back.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>

namespace kif {

/// Overwrites `bytes` with zeros in a way that the compiler may not drop.
inline void wipe(std::span<std::byte> bytes) noexcept { ::explicit_bzero(bytes.data(), bytes.size()); }

/// A buffer of N bytes on the stack that wipes itself. Neither copied nor moved, so that no second copy of a seed is left.
template <std::size_t N> class WipingArray {
public:
  WipingArray() noexcept = default;
  WipingArray(const WipingArray&) = delete;
  WipingArray& operator=(const WipingArray&) = delete;
  ~WipingArray() { wipe(m_bytes); }

  std::span<std::byte, N> bytes() noexcept { return m_bytes; }

private:
  std::array<std::byte, N> m_bytes{};
};

} // namespace kif
