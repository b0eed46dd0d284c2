// SPDX-License-Identifier: Apache-2.0
// The registers of the processor that the test runs on, against what the kernel says of them.
#include "machine/processor.h"

#include <fstream>
#include <iomanip>
#include <sstream>

#include <gtest/gtest.h>

namespace kif::machine {
namespace {

std::string cpuinfo() {
  std::stringstream text;
  text << std::ifstream("/proc/cpuinfo").rdbuf();
  return text.str();
}

TEST(ThisMachine, IsDecidedWithAReason) {
  const Machine machine = this_machine();
  EXPECT_FALSE(machine.reason.empty());
  EXPECT_TRUE(machine.timer != Timer::emulated || !machine.name.empty());
}

TEST(ThisMachine, TheCounterGoesOn) {
  const std::uint64_t before = read_counter();
  std::uint64_t after = before;
  for (int i = 0; i < 1'000'000 && after == before; ++i)
    after = read_counter();
  EXPECT_GT(after, before);
}

#if defined(__x86_64__)
TEST(ThisMachine, TheRegistersSayWhatTheKernelSays) {
  const std::string text = cpuinfo();
  const X86Facts facts = read_x86_facts();
  EXPECT_EQ(facts.hypervisor_bit, text.find(" hypervisor ") != std::string::npos);
  EXPECT_NE(text.find(facts.brand), std::string::npos) << facts.brand;
  // The kernel hides an instruction that it does not trust; it never shows one that is not there.
  const RandomInstructions found = random_instructions();
  EXPECT_TRUE(found.rdrand || text.find(" rdrand ") == std::string::npos);
  EXPECT_TRUE(found.rdseed || text.find(" rdseed ") == std::string::npos);
  EXPECT_FALSE(found.rndr);
}
#elif defined(__aarch64__)
TEST(ThisMachine, TheRegistersSayWhatTheKernelSays) {
  const ArmFacts facts = read_arm_registers();
  EXPECT_GT(facts.counter_hz, 0U);
  if (facts.midr) {
    std::stringstream implementer;
    implementer << "CPU implementer\t: 0x" << std::hex << std::setfill('0') << std::setw(2)
                << ((*facts.midr >> 24U) & 0xFFU);
    EXPECT_NE(cpuinfo().find(implementer.str()), std::string::npos) << implementer.str();
  }
  EXPECT_EQ(random_instructions().rndr, cpuinfo().find(" rng") != std::string::npos);
}
#endif

} // namespace
} // namespace kif::machine
