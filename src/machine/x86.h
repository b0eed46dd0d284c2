// SPDX-License-Identifier: Apache-2.0
// x86: the CPUID instruction tells.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "machine/machine.h"

namespace kif::machine {

struct CpuidLeaf {
  std::uint32_t eax = 0;
  std::uint32_t ebx = 0;
  std::uint32_t ecx = 0;
  std::uint32_t edx = 0;
};

struct X86Facts {
  bool hypervisor_bit = false; ///< leaf 1, ECX bit 31: reserved for hypervisors, zero on hardware
  CpuidLeaf first;             ///< leaf 0x40000000
  CpuidLeaf second;            ///< leaf 0x40000100: the hypervisor's own where the first one plays Hyper-V for Windows
  std::string brand;           ///< leaves 0x80000002 to 0x80000004, without padding
};

/// The twelve bytes of EBX, ECX, EDX, without zeros and spaces at the end.
std::string signature(const CpuidLeaf& leaf);

Machine recognise(const X86Facts& facts);

} // namespace kif::machine
