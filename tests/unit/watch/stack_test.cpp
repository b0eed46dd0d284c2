// SPDX-License-Identifier: Apache-2.0
#include "watch/stack.h"

#include <array>

#include <gtest/gtest.h>
#include <unistd.h>

namespace kif::watch {
namespace {

constexpr std::string_view k_maps = "55d0c0000000-55d0c0001000 r--p 00000000 fe:00 11 /usr/bin/app\n"
                                    "55d0c0001000-55d0c0002000 r-xp 00001000 fe:00 11 /usr/bin/app\n"
                                    "7f0000000000-7f0000100000 r-xp 00028000 fe:00 12 /usr/lib/with a space/libc.so.6\n"
                                    "7f0000200000-7f0000201000 r-xp 00000000 00:00 0 \n"
                                    "7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0 [stack]\n"
                                    "not a line\n"
                                    "7ffd00100000-7ffd00102000 r-xp 00000000 00:00 0 [vdso]\n";

std::array<std::byte, k_call_bytes> code(std::initializer_list<unsigned> bytes) {
  std::array<std::byte, k_call_bytes> result{};
  auto at = result.end() - static_cast<std::ptrdiff_t>(bytes.size());
  for (const unsigned byte : bytes)
    *at++ = static_cast<std::byte>(byte);
  return result;
}

TEST(StackTest, OnlyExecutableMappingsAreKept) {
  const auto mappings = parse_executable_mappings(k_maps);
  ASSERT_EQ(mappings.size(), 4U);
  EXPECT_EQ(mappings[1].file, "/usr/lib/with a space/libc.so.6");
  EXPECT_EQ(mappings[2].file, "[anonymous]");
  EXPECT_EQ(mappings[3].file, "[vdso]");
}

TEST(StackTest, AnAddressIsAPlaceInAFile) {
  const auto mappings = parse_executable_mappings(k_maps);
  EXPECT_EQ(locate(mappings, 0x55d0c0001234), (Frame{"/usr/bin/app", 0x1234}));
  EXPECT_EQ(locate(mappings, 0x7f0000000010), (Frame{"/usr/lib/with a space/libc.so.6", 0x28010}));
  EXPECT_EQ(locate(mappings, 0x55d0c0000500), std::nullopt); // not executable
  EXPECT_EQ(locate(mappings, 0x55d0c0002000), std::nullopt); // one past the end
  EXPECT_EQ(locate(mappings, 0), std::nullopt);
  EXPECT_EQ(locate({}, 5), std::nullopt);
}

TEST(StackTest, TheStackPointerIsTheNextToLastField) {
  EXPECT_EQ(parse_stack_pointer("318 0x7ffc1 0x30 0x0 0x0 0x0 0x0 0x7ffc2ab0 0x7f0012345678\n"), 0x7ffc2ab0U);
  EXPECT_EQ(parse_stack_pointer("running\n"), std::nullopt);
  EXPECT_EQ(parse_stack_pointer("-1 0x7ffc2ab0 0x7f00\n"), std::nullopt); // blocked outside of a call
  EXPECT_EQ(parse_stack_pointer(""), std::nullopt);
}

#if defined(__x86_64__)
TEST(StackTest, CallInstructionsAreTold) {
  EXPECT_TRUE(ends_in_call(code({0xE8, 1, 2, 3, 4})));             // call rel32
  EXPECT_TRUE(ends_in_call(code({0xFF, 0xD0})));                   // call *%rax
  EXPECT_TRUE(ends_in_call(code({0x41, 0xFF, 0xD4})));             // call *%r12
  EXPECT_TRUE(ends_in_call(code({0xFF, 0x50, 0x18})));             // call *0x18(%rax)
  EXPECT_TRUE(ends_in_call(code({0xFF, 0x54, 0x24, 0x08})));       // call *8(%rsp)
  EXPECT_TRUE(ends_in_call(code({0xFF, 0x15, 1, 2, 3, 4})));       // call *x(%rip)
  EXPECT_TRUE(ends_in_call(code({0xFF, 0x94, 0x24, 1, 2, 3, 4}))); // call *x(%rsp)
  EXPECT_FALSE(ends_in_call(code({0xFF, 0xE0})));                  // jmp *%rax
  EXPECT_FALSE(ends_in_call(code({0x0F, 0x05})));                  // syscall
  EXPECT_FALSE(ends_in_call(code({})));
}
#endif

} // namespace
} // namespace kif::watch
