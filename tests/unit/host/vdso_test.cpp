// SPDX-License-Identifier: Apache-2.0
#include "host/vdso.h"

#include <algorithm>
#include <cstring>

#include <elf.h>
#include <link.h>

#include <gtest/gtest.h>

namespace kif::host {
namespace {

/// A vDSO of one function, with the table of symbols that the tests of `exported_functions` need, at fixed places.
struct Tiny {
  ElfW(Ehdr) header{};
  std::array<ElfW(Phdr), 2> segments{};
  std::array<ElfW(Dyn), 4> dynamic{};
  std::array<ElfW(Sym), 3> symbols{};
  std::array<std::uint32_t, 4> hash{};
  std::array<char, 32> strings{};

  explicit Tiny(std::size_t linked_at = 0) {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_phoff = offsetof(Tiny, segments);
    header.e_phnum = 2;
    segments[0] = {};
    segments[0].p_type = PT_LOAD;
    segments[0].p_vaddr = linked_at;
    segments[0].p_memsz = sizeof(Tiny);
    segments[1].p_type = PT_DYNAMIC;
    segments[1].p_offset = offsetof(Tiny, dynamic);
    const auto entry = [&](std::size_t i, long tag, std::size_t offset) {
      dynamic.at(i).d_tag = tag;
      dynamic.at(i).d_un.d_ptr = linked_at + offset;
    };
    entry(0, DT_SYMTAB, offsetof(Tiny, symbols));
    entry(1, DT_STRTAB, offsetof(Tiny, strings));
    entry(2, DT_HASH, offsetof(Tiny, hash));
    hash = {1, 3, 0, 0};
    std::memcpy(strings.data(), "\0__vdso_getrandom\0data", 22);
    symbols[1].st_name = 1;
    symbols[1].st_info = STT_FUNC;
    symbols[1].st_shndx = 5;
    symbols[2].st_name = 18;
    symbols[2].st_info = STT_OBJECT;
    symbols[2].st_shndx = 5;
  }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(this, 1)); }
};

TEST(Vdso, FunctionsAreReadFromTheTableOfSymbols) {
  EXPECT_EQ(exported_functions(Tiny().bytes()).value(), std::vector<std::string>{"__vdso_getrandom"});
  EXPECT_EQ(exported_functions(Tiny(0x10000).bytes()).value(), std::vector<std::string>{"__vdso_getrandom"});
}

TEST(Vdso, WhatBreaksTheRulesIsAnErrorAndIsNotRead) {
  EXPECT_FALSE(exported_functions({}));
  const Tiny tiny;
  for (std::size_t size = 0; size < sizeof tiny; ++size)
    (void)exported_functions(tiny.bytes().first(size)); // must not read past it
  Tiny changed;
  changed.header.e_phoff = sizeof(Tiny);
  EXPECT_EQ(exported_functions(changed.bytes()).error().message, "its segments lie outside");
  changed = Tiny();
  changed.hash[1] = 0xffffffff;
  EXPECT_EQ(exported_functions(changed.bytes()).error().message, "its symbols lie outside");
  changed = Tiny();
  changed.dynamic[2].d_tag = DT_NULL;
  EXPECT_EQ(exported_functions(changed.bytes()).error().message, "no table of symbols");
  changed = Tiny();
  changed.segments[1].p_type = PT_NULL;
  EXPECT_EQ(exported_functions(changed.bytes()).error().message, "no dynamic section");
}

TEST(Vdso, EveryChangedByteIsSurvived) {
  const Tiny tiny;
  for (std::size_t at = 0; at < sizeof tiny; ++at)
    for (const unsigned value : {0x00U, 0x01U, 0x7fU, 0x80U, 0xffU}) {
      Tiny changed = tiny;
      std::memset(reinterpret_cast<char*>(&changed) + at, static_cast<int>(value), 1);
      (void)exported_functions(changed.bytes());
    }
}

// Every Linux since 2.6 has it on these two.
TEST(Vdso, ThisProcessesOwnTellsTheTime) {
  const auto names = vdso_functions();
  ASSERT_TRUE(names) << names.error().message;
  EXPECT_TRUE(std::ranges::any_of(*names, [](const std::string& name) {
    return name == "__vdso_clock_gettime" || name == "__kernel_clock_gettime";
  }));
}

} // namespace
} // namespace kif::host
