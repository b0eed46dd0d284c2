// SPDX-License-Identifier: Apache-2.0
// KIF_REQUIRE_HARDWARE_TIMER: no start where an emulator makes the time.
#pragma once

#include "init/failure.h"
#include "machine/machine.h"

namespace kif::init {

/// From the variable's value: null, empty, "0" and "off" do not require it. Any other value does, so that a misspelt
/// one does not go unheard.
bool requires_hardware_timer(const char* value) noexcept;

/// Failure::hardware_timer where it is required and the timer is an emulator's, or where that cannot be told.
Checked<void> check_timer(const machine::Machine& machine, bool required);

} // namespace kif::init
