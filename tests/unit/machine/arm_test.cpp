// SPDX-License-Identifier: Apache-2.0
#include "machine/arm.h"

#include <gtest/gtest.h>

using namespace std::string_literals;

namespace kif::machine {
namespace {

constexpr std::uint64_t k_max_midr = 0x000f0510;      // QEMU's max under TCG
constexpr std::uint64_t k_a57_midr = 0x411fd070;      // Arm Cortex-A57
constexpr std::uint64_t k_neoverse_midr = 0x413fd0c1; // Arm Neoverse N1
const std::string k_virt = "linux,dummy-virt\0"s;

TEST(Arm, QemusOwnProcessorIsEmulated) {
  const Machine machine = recognise({.midr = k_max_midr, .counter_hz = 62'500'000, .compatible = k_virt});
  EXPECT_EQ(machine.timer, Timer::emulated);
  EXPECT_EQ(machine.name, "QEMU TCG");
  EXPECT_EQ(recognise(ArmFacts{.midr = k_max_midr}).timer, Timer::emulated);
}

TEST(Arm, AVirtualBoardWithTcgsCounterIsUnknown) {
  for (const std::uint64_t hz : {62'500'000ULL, 1'000'000'000ULL, 0ULL}) {
    const Machine machine = recognise({.midr = k_a57_midr, .counter_hz = hz, .compatible = k_virt});
    EXPECT_EQ(machine.timer, Timer::unknown) << hz;
    EXPECT_FALSE(machine.reason.empty());
  }
}

TEST(Arm, AVirtualBoardWithTheHostsCounterIsNoTcg) {
  for (const std::uint64_t hz : {24'000'000ULL, 25'000'000ULL, 100'000'000ULL, 121'875'000ULL})
    EXPECT_EQ(recognise({.midr = k_neoverse_midr, .counter_hz = hz, .compatible = k_virt}).timer,
              Timer::no_emulator_seen)
        << hz;
}

TEST(Arm, WithoutABoardsNameTheCounterAloneDecides) {
  EXPECT_EQ(recognise({.midr = k_a57_midr, .counter_hz = 62'500'000}).timer, Timer::unknown);
  EXPECT_EQ(recognise({.midr = {}, .counter_hz = 24'000'000}).timer, Timer::no_emulator_seen);
}

TEST(Arm, SmbiosNamesKvmAndClouds) {
  const Machine kvm = recognise(
      {.midr = k_a57_midr, .counter_hz = 62'500'000, .dmi_vendor = "QEMU\n", .dmi_product = "KVM Virtual Machine\n"});
  EXPECT_EQ(kvm.timer, Timer::no_emulator_seen);
  EXPECT_EQ(kvm.name, "KVM");
  const Machine cloud = recognise({.midr = k_neoverse_midr,
                                   .counter_hz = 1'000'000'000,
                                   .dmi_vendor = "Amazon EC2\n",
                                   .dmi_product = "c8g.large\n"});
  EXPECT_EQ(cloud.timer, Timer::no_emulator_seen);
  EXPECT_EQ(cloud.name, "Amazon EC2");
  // Under TCG, and under Apple's hypervisor as well.
  EXPECT_EQ(recognise({.midr = k_a57_midr,
                       .counter_hz = 62'500'000,
                       .dmi_vendor = "QEMU\n",
                       .dmi_product = "QEMU Virtual Machine\n"})
                .timer,
            Timer::unknown);
}

TEST(Arm, AXenGuestAndARealBoardAreNoEmulators) {
  EXPECT_EQ(
      recognise({.midr = k_a57_midr, .counter_hz = 62'500'000, .compatible = "xen,xenvm-4.17\0xen,xenvm\0"s}).timer,
      Timer::no_emulator_seen);
  const Machine board =
      recognise({.midr = k_a57_midr, .counter_hz = 62'500'000, .compatible = "raspberrypi,4-model-b\0brcm,bcm2711\0"s});
  EXPECT_EQ(board.timer, Timer::no_emulator_seen);
  EXPECT_EQ(board.name, "");
}

} // namespace
} // namespace kif::machine
