// SPDX-License-Identifier: Apache-2.0
// A breakpoint that stays: what the instruction below it does is done for the thread, and the thread goes on behind it.
// So no other thread slips by while it is taken away, and a thread that is killed leaves nothing half done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace kif::watch {

/// The first instruction of a function of amd64, as far as it can be done in its place.
struct FirstInstruction {
  enum class Kind {
    marker,  ///< endbr64: does nothing
    push,    ///< of the register `operand`, by the processor's number
    reserve, ///< subtracts `operand` from the stack pointer. Nobody reads its flags: at a function's start they mean
             ///< nothing
  } kind = Kind::marker;
  std::uint64_t operand = 0;
  std::size_t bytes = 0; ///< its length

  friend bool operator==(const FirstInstruction&, const FirstInstruction&) = default;
};

inline constexpr std::size_t k_instruction_bytes = 8; ///< of the code that tells which it is
inline constexpr std::byte k_breakpoint{0xCC};        ///< int3

/// None for every other instruction.
std::optional<FirstInstruction> first_instruction(std::span<const std::byte, k_instruction_bytes> code) noexcept;

} // namespace kif::watch
