// SPDX-License-Identifier: Apache-2.0
#include "init/hardware_timer.h"

namespace kif::init {

bool requires_hardware_timer(const char* value) noexcept {
  const std::string_view text = value != nullptr ? value : "";
  return !text.empty() && text != "0" && text != "off";
}

Checked<void> check_timer(const machine::Machine& machine, bool required) {
  if (!required || machine.timer == machine::Timer::no_emulator_seen)
    return {};
  const bool is_emulated = machine.timer == machine::Timer::emulated;
  std::string sentence = is_emulated ? std::string(machine::k_no_claim) + ": " + machine.name + " emulates this machine"
                                     : "cannot tell whether the timer is from hardware: " + machine.reason;
  return refuse(Failure::hardware_timer,
                Error(ErrorCode::unsupported, std::move(sentence))
                    .with_mismatch("a timer from hardware (KIF_REQUIRE_HARDWARE_TIMER)",
                                   is_emulated ? "an emulator, told by " + machine.reason : "unknown"));
}

} // namespace kif::init
