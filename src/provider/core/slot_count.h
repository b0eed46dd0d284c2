// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace kif::provider {

/// Pairs of libcrypto and module in one process; more are refused. Two or three are seen: an interpreter's, a wheel's.
inline constexpr std::size_t k_slots = 8;

} // namespace kif::provider
