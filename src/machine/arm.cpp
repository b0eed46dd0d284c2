// SPDX-License-Identifier: Apache-2.0
#include "machine/arm.h"

#include <algorithm>
#include <array>

namespace kif::machine {
namespace {

// MIDR_EL1: implementer in bits 31–24, part in bits 15–4. Implementer 0 is reserved for software (Arm DDI 0487,
// MIDR_EL1).
constexpr std::uint64_t k_max_part = 'Q';

// target/arm of QEMU: the default of the property `cntfrq`.
constexpr std::uint64_t k_tcg_counter_hz = 62'500'000;
constexpr std::uint64_t k_tcg_newer_counter_hz = 1'000'000'000;

bool is_tcg_processor(std::uint64_t midr) {
  return ((midr >> 24U) & 0xFFU) == 0 && ((midr >> 4U) & 0xFFFU) == k_max_part;
}

std::string line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\0' || text.back() == ' '))
    text.pop_back();
  return text;
}

struct Board {
  std::string_view vendor;
  std::string_view name;
};
// SMBIOS vendors of virtual machines on arm64.
constexpr std::array<Board, 7> k_boards = {{{"Amazon EC2", "Amazon EC2"},
                                            {"Google", "Google Compute Engine"},
                                            {"Microsoft Corporation", "Hyper-V"},
                                            {"VMware, Inc.", "VMware"},
                                            {"Xen", "Xen"},
                                            {"Parallels International GmbH.", "Parallels"},
                                            {"Apple Inc.", "Apple"}}};

} // namespace

Machine recognise(const ArmFacts& facts) {
  if (facts.midr && is_tcg_processor(*facts.midr))
    return {Timer::emulated, "QEMU TCG", "processor identification of QEMU's max"};

  const std::string vendor = line(facts.dmi_vendor.value_or(""));
  const std::string product = line(facts.dmi_product.value_or(""));
  const std::string compatible = facts.compatible.value_or("");
  if (vendor == "QEMU" && product == "KVM Virtual Machine")
    return {Timer::no_emulator_seen, "KVM", "SMBIOS product " + product};
  if (compatible.find("xen,xen") != std::string::npos)
    return {Timer::no_emulator_seen, "Xen", "device tree"};
  if (const auto* board = std::ranges::find(k_boards, vendor, &Board::vendor); board != k_boards.end())
    return {Timer::no_emulator_seen, std::string(board->name), "SMBIOS vendor " + vendor};

  const bool made_by_qemu = vendor == "QEMU" || compatible.find("linux,dummy-virt") != std::string::npos;
  const bool nothing_said = vendor.empty() && compatible.empty();
  if (!made_by_qemu && !nothing_said)
    return {Timer::no_emulator_seen, "", vendor.empty() ? "device tree of a board" : "SMBIOS vendor " + vendor};
  const std::string name = made_by_qemu ? "virtual board" : "";
  if (facts.counter_hz == 0)
    return {Timer::unknown, name, "the counter's frequency is not told"};
  if (facts.counter_hz != k_tcg_counter_hz && facts.counter_hz != k_tcg_newer_counter_hz)
    return {Timer::no_emulator_seen, name,
            "counter of " + std::to_string(facts.counter_hz) + " Hz, which is not that of QEMU TCG"};
  return {Timer::unknown, name,
          std::string(made_by_qemu ? "a virtual board" : "no board is named here") + " and a counter of " +
              std::to_string(facts.counter_hz) + " Hz: QEMU TCG and a hypervisor would look alike"};
}

} // namespace kif::machine
