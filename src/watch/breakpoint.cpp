// SPDX-License-Identifier: Apache-2.0
#include "watch/breakpoint.h"

namespace kif::watch {

// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: ENDBR64, PUSH (50+r), SUB (83 /5, 81 /5).
std::optional<FirstInstruction> first_instruction(std::span<const std::byte, k_instruction_bytes> code) noexcept {
  using Kind = FirstInstruction::Kind;
  const auto at = [&code](std::size_t i) { return std::to_integer<unsigned>(code[i]); };
  if (at(0) == 0xF3 && at(1) == 0x0F && at(2) == 0x1E && at(3) == 0xFA)
    return FirstInstruction{Kind::marker, 0, 4};
  constexpr unsigned k_push = 0x50;
  constexpr unsigned k_push_stack_pointer = 0x54;
  if ((at(0) & 0xF8U) == k_push && at(0) != k_push_stack_pointer)
    return FirstInstruction{Kind::push, at(0) & 7U, 1};
  if (at(0) == 0x41 && (at(1) & 0xF8U) == k_push)
    return FirstInstruction{Kind::push, 8 + (at(1) & 7U), 2};
  constexpr unsigned k_of_stack_pointer = 0xEC;
  if (at(0) == 0x48 && at(1) == 0x83 && at(2) == k_of_stack_pointer && at(3) < 0x80)
    return FirstInstruction{Kind::reserve, at(3), 4};
  if (at(0) == 0x48 && at(1) == 0x81 && at(2) == k_of_stack_pointer && at(6) < 0x80)
    return FirstInstruction{Kind::reserve, at(3) | at(4) << 8U | at(5) << 16U | at(6) << 24U, 7};
  return std::nullopt;
}

} // namespace kif::watch
