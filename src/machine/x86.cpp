// SPDX-License-Identifier: Apache-2.0
#include "machine/x86.h"

#include <algorithm>
#include <array>

namespace kif::machine {
namespace {

struct Signature {
  std::string_view text;
  std::string_view name;
  bool is_emulator = false;
};

// As the hypervisors' own documentation and Linux (arch/x86/kernel/cpu/) have them. TCG is QEMU's emulation, whatever
// the host; HVF, KVM, WHPX under the same QEMU give other signatures.
constexpr std::array<Signature, 15> k_signatures = {{{"TCGTCGTCGTCG", "QEMU TCG", true},
                                                     {"KVMKVMKVM", "KVM"},
                                                     {"Linux KVM Hv", "KVM"},
                                                     {"Microsoft Hv", "Hyper-V"},
                                                     {"VMwareVMware", "VMware"},
                                                     {"XenVMMXenVMM", "Xen"},
                                                     {"VBoxVBoxVBox", "VirtualBox"},
                                                     {"prl hyperv", "Parallels"},
                                                     {"lrpepyh  vr", "Parallels"},
                                                     {"bhyve bhyve", "bhyve"},
                                                     {"OpenBSDVMM58", "OpenBSD vmm"},
                                                     {"___ NVMM ___", "NetBSD NVMM"},
                                                     {"ACRNACRNACRN", "ACRN"},
                                                     {"Jailhouse", "Jailhouse"},
                                                     {"QNXQVMBSQG", "QNX"}}};

// The brand of QEMU's processor `max` where TCG runs it; it says so even where `tcg-cpuid=off` silences the leaf.
constexpr std::string_view k_tcg_brand = "QEMU TCG CPU";

const Signature* find(std::string_view text) {
  // Some hypervisors pad in front as well.
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const auto* found = std::ranges::find(k_signatures, text, &Signature::text);
  return found == k_signatures.end() ? nullptr : found;
}

} // namespace

std::string signature(const CpuidLeaf& leaf) {
  std::string text;
  for (const std::uint32_t part : {leaf.ebx, leaf.ecx, leaf.edx})
    for (unsigned shift = 0; shift < 32; shift += 8)
      text += static_cast<char>((part >> shift) & 0xFFU);
  while (!text.empty() && (text.back() == '\0' || text.back() == ' '))
    text.pop_back();
  return text;
}

Machine recognise(const X86Facts& facts) {
  const std::string first = signature(facts.first);
  const std::string second = signature(facts.second);
  const Signature* const outer = find(first);
  const Signature* const inner = find(second);
  // An emulator wins, whoever else is named: no claim is the safe answer.
  for (const Signature* known : {outer, inner})
    if (known != nullptr && known->is_emulator)
      return {Timer::emulated, std::string(known->name), "CPUID hypervisor leaf " + std::string(known->text)};
  if (facts.brand.find(k_tcg_brand) != std::string::npos)
    return {Timer::emulated, "QEMU TCG", "processor brand " + facts.brand};
  if (inner != nullptr)
    return {Timer::no_emulator_seen, std::string(inner->name), "CPUID hypervisor leaf " + std::string(inner->text)};
  if (outer != nullptr)
    return {Timer::no_emulator_seen, std::string(outer->name), "CPUID hypervisor leaf " + std::string(outer->text)};
  // Where the bit is not set, the leaf does not exist, and some processors answer with another leaf's content.
  if (facts.hypervisor_bit)
    return {Timer::no_emulator_seen, first.empty() ? "a hypervisor without a name" : "hypervisor " + first,
            first.empty() ? "CPUID hypervisor bit" : "CPUID hypervisor leaf " + first};
  return {Timer::no_emulator_seen, "", "no CPUID hypervisor bit"};
}

} // namespace kif::machine
