// SPDX-License-Identifier: Apache-2.0
// A packet of random bytes lies ready in each stand-in for a device. Where there is a sign that this machine is a copy
// of another one, which has the same packet, it is thrown away before anything is read.
#pragma once

namespace kif::random {

/// This process has opened a stand-in.
void watch_packets() noexcept;

/// Before a read, in a process that has. `is_stand_in`: of a descriptor's number.
void drop_stale_packets(bool (*is_stand_in)(int)) noexcept;

} // namespace kif::random
