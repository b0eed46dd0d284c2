// SPDX-License-Identifier: Apache-2.0
// libstdc++ of GCC 13 and newer, built against glibc 2.38, calls __isoc23_strtoul (for its own settings at start-up). What runs inside
// images must load with glibc 2.34, so this file answers that call with strtoul, which every glibc has; they differ in numbers
// that begin with 0b. Linked into each program or library made by kif_portable(), and hidden in it.

extern "C" {
// By its assembler name: newer headers turn a call of strtoul into one of __isoc23_strtoul.
unsigned long kif_strtoul(const char* text, char** end, int base) noexcept __asm__("strtoul");

__attribute__((visibility("hidden"))) unsigned long kif_isoc23_strtoul(const char* text, char** end, int base) noexcept
    __asm__("__isoc23_strtoul");

unsigned long kif_isoc23_strtoul(const char* text, char** end, int base) noexcept {
  return kif_strtoul(text, end, base);
}
}
