// SPDX-License-Identifier: Apache-2.0
// What machine this is: which hypervisor or emulator runs it, as far as it says so itself, and whether the processor's
// timer may come from hardware.
//
// An emulator can make time out of a count of instructions. Such a clock passes every health test of jitterentropy and
// gives the same bytes at every start (docs/threat-model.md). What can be done is to recognise an emulator that gives
// its name. One that hides it is not recognised, nor is one below a hypervisor.
#pragma once

#include <string>
#include <string_view>

namespace kif::machine {

enum class Timer {
  no_emulator_seen, ///< nothing says that the timer is not the hardware's; no proof that it is
  emulated,         ///< an emulator gave its name
  unknown,          ///< an emulator and a hypervisor would look alike here
};

/// "no-emulator-seen", "emulated", "unknown": as it stands in JSON.
std::string_view to_string(Timer timer) noexcept;

struct Machine {
  Timer timer = Timer::unknown;
  std::string name;   ///< "KVM", "QEMU TCG"; empty: none was named, as on bare hardware
  std::string reason; ///< what told, or where `timer` is unknown, why it cannot be told
};

/// What is said wherever the timer is an emulator's.
inline constexpr std::string_view k_no_claim = "timer not from hardware: no entropy claim";

/// Asks the processor, and on arm64 what the firmware left in /sys and /proc. No error: what cannot be read is unknown.
Machine this_machine();

} // namespace kif::machine
