// SPDX-License-Identifier: Apache-2.0
#include "elf/function_table.h"

#include <cstring>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace kif::elf {
namespace {

Result<elf::FunctionTable> table_of(std::string_view bytes) {
  return elf::FunctionTable::read(in_memory(std::as_bytes(std::span(bytes))), "file");
}

template <class T> std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

TEST(FunctionTable, OtherFilesAreRefused) {
  EXPECT_EQ(table_of("").error().code, ErrorCode::invalid_input);
  EXPECT_EQ(table_of(std::string(4096, 'x')).error().code, ErrorCode::unsupported);
}

TEST(FunctionTable, TablesThatReachOverTheEndAreRefused) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
  const auto bytes = [&header] { return std::string(reinterpret_cast<const char*>(&header), sizeof header); };
  EXPECT_TRUE(table_of(bytes())); // no tables at all
  header.e_shnum = 3;
  header.e_shoff = sizeof header;
  EXPECT_EQ(table_of(bytes()).error().code, ErrorCode::invalid_input);
  header.e_shoff = ~0ULL;
  EXPECT_EQ(table_of(bytes()).error().code, ErrorCode::invalid_input);

  // A symbol table of 2^60 bytes must not be believed.
  header.e_shoff = sizeof header;
  header.e_shnum = 1;
  Elf64_Shdr section{};
  section.sh_type = SHT_DYNSYM;
  section.sh_size = 1ULL << 60U;
  const std::string file = bytes() + std::string(reinterpret_cast<const char*>(&section), sizeof section);
  EXPECT_EQ(table_of(file).error().code, ErrorCode::invalid_input);
}

// One table of symbols, whose names are `names`; every symbol is a function of its own with the name at its number.
std::string with_functions(std::size_t count, const std::string& names) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phoff = sizeof header;
  header.e_phnum = 1;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shoff = sizeof header + sizeof(Elf64_Phdr);
  header.e_shnum = 2;
  Elf64_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_filesz = segment.p_memsz = ~0ULL;
  Elf64_Shdr sections[2] = {};
  sections[0].sh_type = SHT_DYNSYM;
  sections[0].sh_link = 1;
  sections[0].sh_offset = header.e_shoff + sizeof sections;
  sections[0].sh_size = count * sizeof(Elf64_Sym);
  sections[1].sh_type = SHT_STRTAB;
  sections[1].sh_offset = sections[0].sh_offset + sections[0].sh_size;
  sections[1].sh_size = names.size();
  std::string file = bytes_of(header) + bytes_of(segment) + bytes_of(sections);
  for (std::size_t i = 0; i < count; ++i) {
    Elf64_Sym symbol{};
    symbol.st_name = static_cast<Elf64_Word>(i);
    symbol.st_info = STT_FUNC;
    symbol.st_shndx = 1;
    symbol.st_value = 0x1000 + i;
    symbol.st_size = 1;
    file += bytes_of(symbol);
  }
  return file + names;
}

TEST(FunctionTable, AFunctionIsFoundByItsPlace) {
  const auto table = table_of(with_functions(2, std::string("ab\0", 3))).value();
  EXPECT_EQ(table.find(0x1000), "ab");
  EXPECT_EQ(table.find(0x1001), "b");
  EXPECT_EQ(table.find(0x1002), "");
  EXPECT_EQ(table.find(0xfff), "");
}

TEST(FunctionTable, AnOverlongNameIsNone) {
  EXPECT_EQ(table_of(with_functions(2, std::string(257, 'a') + '\0')).value().find(0x1001), std::string(256, 'a'));
  EXPECT_EQ(table_of(with_functions(2, std::string(257, 'a') + '\0')).value().find(0x1000), "");
}

// Read to its end for every symbol, this table of names would be copied 400,000 times: 1.6 TB.
TEST(FunctionTable, NamesThatDoNotEndAreNotReadToTheEndOfTheirTable) {
  EXPECT_EQ(table_of(with_functions(400'000, std::string(4'000'000, 'a'))).value().find(0x1000), "");
}

// Symbols share the bytes of their names: 600,000 names of 125 bytes on average come to more than the bound of 64 MB.
TEST(FunctionTable, NamesThatAddUpAreRefused) {
  std::string names;
  while (names.size() < 300'000)
    names += std::string(250, 'a') + '\0';
  EXPECT_TRUE(table_of(with_functions(300'000, names)));
  const auto refused = table_of(with_functions(600'000, names + names));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
}

} // namespace
} // namespace kif::elf
