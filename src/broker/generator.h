// SPDX-License-Identifier: Apache-2.0
// The process that holds the DRBG. It is apart from process 1, which answers for it: a crash in libcrypto or the module
// ends this process alone, and a new one, checked and seeded anew, takes its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/file.h"

namespace kif::broker {

/// On the link, a stream socket: a request is the number of bytes wanted, 1 to k_max_draw_bytes; the answer is one
/// byte, k_drawn or k_not_drawn, and after k_drawn the bytes.
inline constexpr std::size_t k_max_draw_bytes =
    65536; // what an SP 800-90A DRBG gives at once (Table 2 and 3: 2^19 bits)
inline constexpr std::byte k_drawn{'D'};
inline constexpr std::byte k_not_drawn{'N'};

/// Fills `out` with bytes of the FIPS DRBG, or says false.
using DrawFunction = bool (*)(void* context, std::span<std::byte> out);

/// Called when nothing was asked for k_idle_ms, once until something is.
using IdleFunction = void (*)(void* context);
inline constexpr int k_idle_ms = 100;

/// Answers requests until the link ends. Wipes what it gave.
void serve_draws(int link, DrawFunction draw, void* context, IdleFunction idle = nullptr) noexcept;

} // namespace kif::broker
