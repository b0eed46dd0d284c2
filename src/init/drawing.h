// SPDX-License-Identifier: Apache-2.0
// How the generator draws: by libcrypto's public DRBG, which it reseeds where there is a sign that this machine is a
// copy of another one that holds the same DRBG.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/copy_watch.h"
#include "libcrypto/library.h"
#include "libcrypto/seed_blocks.h"

namespace kif::init {

/// From the value of KIF_COPY_WATCH ("off"), and what this machine has.
CopySigns copy_signs(const char* value) noexcept;

/// In the process that has libcrypto. One thread.
class Drawing {
public:
  /// `crypto` outlives this. `signs`: as asked for. Where this process may not look at the kernel's generator, the
  /// others are used.
  Drawing(const libcrypto::Libcrypto& crypto, CopySigns signs);

  /// A broker::DrawFunction; `drawing` is a Drawing.
  static bool draw(void* drawing, std::span<std::byte> out);

private:
  bool draw(std::span<std::byte> out);
  bool reseed();

  const libcrypto::Libcrypto& m_crypto;
  libcrypto::SeedBlocks m_seeds;
  CopyWatch m_watch;
  bool m_must_reseed = false;
  std::uint64_t m_draws = 0;
};

} // namespace kif::init
