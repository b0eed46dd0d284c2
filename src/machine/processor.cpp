// SPDX-License-Identifier: Apache-2.0
#include "machine/processor.h"

#include <sys/auxv.h>
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

namespace kif::machine {

#if defined(__x86_64__)

namespace {

CpuidLeaf cpuid(std::uint32_t leaf) {
  CpuidLeaf registers;
  __cpuid_count(leaf, 0, registers.eax, registers.ebx, registers.ecx, registers.edx);
  return registers;
}

std::string read_brand() {
  std::string brand;
  if (cpuid(0x80000000).eax < 0x80000004)
    return brand;
  for (std::uint32_t leaf = 0x80000002; leaf <= 0x80000004; ++leaf) {
    const CpuidLeaf part = cpuid(leaf);
    for (const std::uint32_t text : {part.eax, part.ebx, part.ecx, part.edx})
      for (unsigned shift = 0; shift < 32; shift += 8)
        if (const char c = static_cast<char>((text >> shift) & 0xFFU); c != '\0')
          brand += c;
  }
  brand.erase(brand.find_last_not_of(' ') + 1);
  return brand;
}

} // namespace

RandomInstructions random_instructions() {
  RandomInstructions found;
  found.rdrand = (cpuid(1).ecx & bit_RDRND) != 0;
  found.rdseed = cpuid(0).eax >= 7 && (cpuid(7).ebx & bit_RDSEED) != 0;
  return found;
}

std::string_view counter_name() {
  return "TSC";
}

std::uint64_t read_counter() {
  return __rdtsc();
}

X86Facts read_x86_facts() {
  constexpr std::uint32_t k_hypervisor_bit = 1U << 31U;
  return {.hypervisor_bit = (cpuid(1).ecx & k_hypervisor_bit) != 0,
          .first = cpuid(0x40000000),
          .second = cpuid(0x40000100),
          .brand = read_brand()};
}

ArmFacts read_arm_registers() {
  return {};
}

#elif defined(__aarch64__)

namespace {

// <asm/hwcap.h>, whose older versions lack the second.
constexpr unsigned long k_hwcap_cpuid = 1UL << 11U;
constexpr unsigned long k_hwcap2_rng = 1UL << 16U;

} // namespace

RandomInstructions random_instructions() {
  RandomInstructions found;
  found.rndr = (::getauxval(AT_HWCAP2) & k_hwcap2_rng) != 0;
  return found;
}

std::string_view counter_name() {
  return "CNTVCT";
}

std::uint64_t read_counter() {
  std::uint64_t value = 0;
  asm volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
}

X86Facts read_x86_facts() {
  return {};
}

ArmFacts read_arm_registers() {
  ArmFacts facts;
  asm volatile("mrs %0, cntfrq_el0" : "=r"(facts.counter_hz));
  if ((::getauxval(AT_HWCAP) & k_hwcap_cpuid) != 0) { // else the instruction would end this process
    std::uint64_t midr = 0;
    asm volatile("mrs %0, midr_el1" : "=r"(midr));
    facts.midr = midr;
  }
  return facts;
}

#else

RandomInstructions random_instructions() {
  return {};
}

std::string_view counter_name() {
  return "CLOCK_MONOTONIC";
}

std::uint64_t read_counter() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

X86Facts read_x86_facts() {
  return {};
}

ArmFacts read_arm_registers() {
  return {};
}

#endif

} // namespace kif::machine
