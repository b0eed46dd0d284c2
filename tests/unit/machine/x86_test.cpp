// SPDX-License-Identifier: Apache-2.0
#include "machine/x86.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace kif::machine {
namespace {

/// The leaf whose registers spell the text.
CpuidLeaf leaf(std::string text) {
  text.resize(12, '\0');
  const auto part = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
      value |= static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i])) << (8 * i);
    return value;
  };
  return {.eax = 0x40000001, .ebx = part(0), .ecx = part(4), .edx = part(8)};
}

X86Facts guest(const std::string& first, const std::string& second = "") {
  return {.hypervisor_bit = true, .first = leaf(first), .second = leaf(second), .brand = "AMD EPYC"};
}

TEST(X86, ASignatureIsThreeRegisters) {
  EXPECT_EQ(signature({.eax = 0x40000001, .ebx = 0x54474354, .ecx = 0x43544743, .edx = 0x47435447}), "TCGTCGTCGTCG");
  EXPECT_EQ(signature({.eax = 0x40000001, .ebx = 0x4b4d564b, .ecx = 0x564b4d56, .edx = 0x4d}), "KVMKVMKVM");
  EXPECT_EQ(signature({}), "");
}

TEST(X86, TcgIsAnEmulator) {
  const Machine machine = recognise(guest("TCGTCGTCGTCG"));
  EXPECT_EQ(machine.timer, Timer::emulated);
  EXPECT_EQ(machine.name, "QEMU TCG");
  EXPECT_EQ(machine.reason, "CPUID hypervisor leaf TCGTCGTCGTCG");
}

TEST(X86, TcgIsRecognisedWithoutTheBitAndBehindAnotherName) {
  X86Facts facts = guest("TCGTCGTCGTCG");
  facts.hypervisor_bit = false;
  EXPECT_EQ(recognise(facts).timer, Timer::emulated);
  EXPECT_EQ(recognise(guest("Microsoft Hv", "TCGTCGTCGTCG")).timer, Timer::emulated);
  facts = guest("");
  facts.brand = "QEMU TCG CPU version 2.5+";
  EXPECT_EQ(recognise(facts).timer, Timer::emulated);
  EXPECT_EQ(recognise(facts).reason, "processor brand QEMU TCG CPU version 2.5+");
}

TEST(X86, HypervisorsAreNamedAndAreNoEmulators) {
  for (const auto& [text, name] : {std::pair{"KVMKVMKVM", "KVM"},
                                   {"Linux KVM Hv", "KVM"},
                                   {"Microsoft Hv", "Hyper-V"},
                                   {"VMwareVMware", "VMware"},
                                   {"XenVMMXenVMM", "Xen"},
                                   {"VBoxVBoxVBox", "VirtualBox"},
                                   {" prl hyperv ", "Parallels"},
                                   {" lrpepyh  vr", "Parallels"},
                                   {"bhyve bhyve ", "bhyve"},
                                   {"ACRNACRNACRN", "ACRN"},
                                   {" QNXQVMBSQG ", "QNX"}}) {
    const Machine machine = recognise(guest(text));
    EXPECT_EQ(machine.timer, Timer::no_emulator_seen) << text;
    EXPECT_EQ(machine.name, name) << text;
  }
}

TEST(X86, AHypervisorThatPlaysHyperVHasItsOwnNameInTheSecondLeaf) {
  EXPECT_EQ(recognise(guest("Microsoft Hv", "KVMKVMKVM")).name, "KVM");
  EXPECT_EQ(recognise(guest("Microsoft Hv", "XenVMMXenVMM")).name, "Xen");
}

// "QEMU Virtual CPU" is what qemu64 is called under KVM as well.
TEST(X86, TheBrandOfAVirtualProcessorIsNoSignOfEmulation) {
  X86Facts facts = guest("KVMKVMKVM");
  facts.brand = "QEMU Virtual CPU version 2.5+";
  EXPECT_EQ(recognise(facts).timer, Timer::no_emulator_seen);
}

TEST(X86, AnUnknownHypervisorIsShownAsItCallsItself) {
  EXPECT_EQ(recognise(guest("SomethingNew")).name, "hypervisor SomethingNew");
  EXPECT_EQ(recognise(guest("a\n\x1b[31mb")).name, "hypervisor a\n\x1b[31mb");
  EXPECT_EQ(recognise(guest("")).name, "a hypervisor without a name");
  EXPECT_EQ(recognise(guest("SomethingNew")).timer, Timer::no_emulator_seen);
}

TEST(X86, BareHardwareHasNoName) {
  // Without the bit, some processors answer the leaf with another's content.
  const Machine machine =
      recognise({.hypervisor_bit = false, .first = leaf("\x07\x01garbage"), .second = {}, .brand = "AMD EPYC"});
  EXPECT_EQ(machine.timer, Timer::no_emulator_seen);
  EXPECT_EQ(machine.name, "");
}

} // namespace
} // namespace kif::machine
