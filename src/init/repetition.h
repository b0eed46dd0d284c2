// SPDX-License-Identifier: Apache-2.0
// Two processes never draw the same bytes: tried at each start. A library that is built wrong, or a stand-in, may pass
// its own tests and give the same in every process; then so do all DRBGs that are seeded from it.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <sys/types.h>

#include "base/file.h"
#include "init/failure.h"
#include "libcrypto/seed_blocks.h"

namespace kif::init {

/// Whether any eight bytes, at a multiple of eight, stand in two places of `blocks`. By chance that is so for 96 bytes
/// once in 2^57.
bool repeats_itself(std::span<const std::byte> blocks);

/// Two forked children, each with a collector of its own, that draw from the source at the same time as this process
/// goes on with its checks: one draws two blocks, the other one. Not more, since a start waits for them.
class RepetitionTrial {
public:
  /// Starts them. Where the seed source cannot be fetched, finish() says so.
  explicit RepetitionTrial(const libcrypto::Libcrypto& crypto);
  RepetitionTrial(const RepetitionTrial&) = delete;
  RepetitionTrial& operator=(const RepetitionTrial&) = delete;
  ~RepetitionTrial();

  /// Waits for them and compares.
  Checked<void> finish();

private:
  struct Child {
    pid_t process = -1;
    UniqueFd blocks;
    std::size_t size = 0;
  };

  Checked<void> start(Child& child, const libcrypto::SeedBlocks& source, std::size_t blocks);

  const libcrypto::Libcrypto& m_crypto;
  std::array<Child, 2> m_children;
  Checked<void> m_started;
};

} // namespace kif::init
