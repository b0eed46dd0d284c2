// SPDX-License-Identifier: Apache-2.0
// Work that several threads do at a time.
#pragma once

#include <functional>

namespace kif::verify {

/// Calls `lane` in `count` threads at once, this one among them, and waits for all: in fewer where the system gives no
/// more threads. An exception that leaves one of them leaves this call, once all have ended.
void run_in_lanes(unsigned count, const std::function<void()>& lane);

} // namespace kif::verify
