// SPDX-License-Identifier: Apache-2.0
// Blocks of kif's seed source as it makes them, before any DRBG: what tells whether it repeats itself.
#pragma once

#include <cstddef>
#include <span>

#include "libcrypto/library.h"

namespace kif::libcrypto {

/// What the source makes at once.
inline constexpr std::size_t k_seed_block_bytes = 32;

/// The EVP_RAND KIF-JITTER of the default library context.
class SeedBlocks {
public:
  explicit SeedBlocks(const Libcrypto& crypto);

  /// Whether there is a seed source.
  bool is_there() const noexcept { return m_context != nullptr; }

  /// Fills `block` with one that is made after the call; false, with the reason in the error queue, where the source
  /// fails. In a forked child a collector of the child's own makes it.
  bool draw(std::span<std::byte, k_seed_block_bytes> block) const;

  /// What the source holds is void, and it runs its start-up test again before it makes another block.
  bool renew() const;

private:
  const Libcrypto* m_crypto;
  Owned<EVP_RAND_CTX> m_context;
};

} // namespace kif::libcrypto
