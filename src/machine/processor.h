// SPDX-License-Identifier: Apache-2.0
// What the processor says about itself, and its counter. The only code with instructions of one processor family.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "machine/arm.h"
#include "machine/x86.h"

namespace kif::machine {

/// Random instructions that the processor offers to programs. kif uses none of them.
struct RandomInstructions {
  bool rdrand = false; ///< x86
  bool rdseed = false; ///< x86
  bool rndr = false;   ///< arm64 (FEAT_RNG)
};
RandomInstructions random_instructions();

/// The counter that jitterentropy reads: "TSC" (x86), "CNTVCT" (arm64); "CLOCK_MONOTONIC" on any other processor.
std::string_view counter_name();
std::uint64_t read_counter();

/// The registers of this processor; all zero on a processor of another family.
X86Facts read_x86_facts();
/// The registers, without what files say.
ArmFacts read_arm_registers();

} // namespace kif::machine
