// SPDX-License-Identifier: Apache-2.0
#include "watch/stack.h"

#include <array>
#include <cstring>
#include <string>

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

std::string auxiliary_vector(std::initializer_list<std::uint64_t> words) {
  std::string text(words.size() * 8, '\0');
  std::memcpy(text.data(), words.begin(), text.size());
  return text;
}

TEST(StackTest, TheOwnLibcIsTheLoadersNeighbour) {
  const std::string maps = std::string(k_maps) +
                           "7f0000300000-7f0000301000 r--p 00000000 fe:00 13 /opt/glibc/ld-linux-x86-64.so.2\n"
                           "7f0000301000-7f0000302000 r-xp 00001000 fe:00 13 /opt/glibc/ld-linux-x86-64.so.2\n";
  EXPECT_EQ(libc_of_loader(maps, auxiliary_vector({6, 4096, 7, 0x7f0000300000, 9, 0x55d0c0001000, 0, 0})),
            "/opt/glibc/libc.so.6");
  EXPECT_EQ(libc_of_loader(maps, auxiliary_vector({7, 0, 9, 0x7f0000301000, 0, 0})), "/opt/glibc/libc.so.6")
      << "the loader itself was executed";
  EXPECT_EQ(libc_of_loader(maps, auxiliary_vector({7, 0, 9, 0x55d0c0001000, 0, 0})), "") << "a static program";
  EXPECT_EQ(libc_of_loader(maps, auxiliary_vector({7, 0x7f0000200000, 0, 0})), "") << "not a file";
  EXPECT_EQ(libc_of_loader(maps, auxiliary_vector({7, 0x10})), "");
  EXPECT_EQ(libc_of_loader(maps, "short"), "");
  EXPECT_EQ(libc_of_loader("-\n7-\n", auxiliary_vector({7, 7})), "");
}

TEST(StackTest, TheStackBeginsWhereTheKernelSays) {
  const std::string fields = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 140736 26\n";
  EXPECT_EQ(parse_stack_begin("10 (a) name)" + fields), 140736U);
  EXPECT_EQ(parse_stack_begin("10 (app) S 1 2"), std::nullopt);
  EXPECT_EQ(parse_stack_begin(""), std::nullopt);
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
