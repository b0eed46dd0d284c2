// SPDX-License-Identifier: Apache-2.0
#include "init/hardware_timer.h"

#include <gtest/gtest.h>

namespace kif::init {
namespace {

using machine::Machine;
using machine::Timer;

const Machine k_emulated = {Timer::emulated, "QEMU TCG", "CPUID hypervisor leaf TCGTCGTCGTCG"};
const Machine k_kvm = {Timer::no_emulator_seen, "KVM", "CPUID hypervisor leaf KVMKVMKVM"};
const Machine k_unknown = {Timer::unknown, "", "no board is named here"};

TEST(HardwareTimer, IsRequiredByAnyValueThatDoesNotSayNo) {
  for (const char* value : {static_cast<const char*>(nullptr), "", "0", "off"})
    EXPECT_FALSE(requires_hardware_timer(value));
  for (const char* value : {"1", "on", "yes", "true", "ja"})
    EXPECT_TRUE(requires_hardware_timer(value)) << value;
}

TEST(HardwareTimer, NothingFailsWhereItIsNotRequired) {
  for (const Machine& machine : {k_emulated, k_kvm, k_unknown})
    EXPECT_TRUE(check_timer(machine, false)) << machine.name;
}

TEST(HardwareTimer, AnEmulatorFailsWithItsOwnCode) {
  const auto checked = check_timer(k_emulated, true);
  ASSERT_FALSE(checked);
  EXPECT_EQ(exit_code(checked.error().failure), 92);
  EXPECT_EQ(to_string(checked.error().failure), "hardware-timer");
  EXPECT_EQ(checked.error().error.render("kif-init"),
            "kif-init: error: timer not from hardware: no entropy claim: QEMU TCG emulates this machine\n"
            "  expected: a timer from hardware (KIF_REQUIRE_HARDWARE_TIMER)\n"
            "  got:      an emulator, told by CPUID hypervisor leaf TCGTCGTCGTCG\n");
}

TEST(HardwareTimer, WhatCannotBeToldFailsToo) {
  const auto checked = check_timer(k_unknown, true);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().failure, Failure::hardware_timer);
  EXPECT_EQ(checked.error().error.message, "cannot tell whether the timer is from hardware: no board is named here");
}

TEST(HardwareTimer, AHypervisorIsNoEmulator) {
  EXPECT_TRUE(check_timer(k_kvm, true));
}

} // namespace
} // namespace kif::init
