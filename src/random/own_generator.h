// SPDX-License-Identifier: Apache-2.0
// A DRBG of this process's own, where no broker answers: a CTR-DRBG of the FIPS module in a library context apart, from
// the process's libcrypto if it has one, else from the image's. Costs the module's self-tests once.
#pragma once

#include <cstddef>

namespace kif::random {

enum class OwnDraw {
  drawn,
  busy_below, ///< this very thread is making or using the DRBG further down its stack, or is inside the entropy source
  failed,
};

/// Fills `buffer`. Threads wait for one another; a fork waits until none draws. No lock of libcrypto is taken on the
/// way, once the DRBG is made: a context without a parent, in a library context that nobody else has, has none.
OwnDraw draw_from_own_generator(void* buffer, std::size_t length) noexcept;

/// This thread is inside the entropy source: a DRBG that is made or used for it would need that source, and perhaps
/// locks of whoever waits for it. Asked before one is.
bool is_seeding() noexcept;
void change_seeding(int change) noexcept;

} // namespace kif::random
