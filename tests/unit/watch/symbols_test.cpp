// SPDX-License-Identifier: Apache-2.0
#include "watch/symbols.h"

#include <cstring>
#include <fstream>

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <link.h>
#include <sys/random.h>

#include "base/file.h"
#include "watch/stack.h"

namespace kif::watch {
namespace {

// A place in this process's libc, by the test's own reading of its mappings.
Frame place_of(const void* address) {
  const auto maps = read_file("/proc/self/maps", 16 * 1024 * 1024).value();
  return locate(parse_executable_mappings(maps), reinterpret_cast<std::uint64_t>(address)).value();
}

Result<SymbolTable> table_of(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return SymbolTable::read(fd.get(), path);
}

Result<SymbolTable> table_of_bytes(std::string_view bytes) {
  const TempDir folder = TempDir::create("kif-test-").value();
  const auto path = folder.path() / "file";
  std::ofstream(path, std::ios::binary) << bytes;
  return table_of(path.string());
}

TEST(SymbolsTest, APlaceInLibcHasItsFunctionsName) {
  const Frame place = place_of(::dlsym(RTLD_DEFAULT, "getrandom"));
  const auto table = table_of(place.file).value();
  EXPECT_EQ(table.find(place.offset), "getrandom");
  EXPECT_EQ(table.find(place.offset + 4), "getrandom");
  EXPECT_EQ(table.find(0), ""); // the ELF header
  EXPECT_EQ(table.find(1ULL << 60U), "");
}

TEST(SymbolsTest, FramesGetTheirNamesFromTheContainersFiles) {
  const Frame place = place_of(::dlsym(RTLD_DEFAULT, "getrandom"));
  std::vector<Event> events(1);
  events[0].callers = {place, {"/no/such/file", 1}, {"[vdso]", 1}, {place.file, place.offset}};
  Container container;
  container.root = "/";
  add_symbols(events, container);
  EXPECT_EQ(events[0].callers[0].symbol, "getrandom");
  EXPECT_EQ(events[0].callers[1].symbol, "");
  EXPECT_NE(events[0].callers[3].symbol, "getrandom"); // a return address: what stands before it is another function

  container.root = "/nonexistent";
  container.binds = {{place.file, "/opt/bound", true}};
  events[0].callers = {{"/opt/bound", place.offset}};
  add_symbols(events, container);
  EXPECT_EQ(events[0].callers[0].symbol, "getrandom");
}

TEST(SymbolsTest, OtherFilesAreRefused) {
  EXPECT_EQ(table_of_bytes("").error().code, ErrorCode::invalid_input);
  EXPECT_EQ(table_of_bytes(std::string(4096, 'x')).error().code, ErrorCode::unsupported);
}

TEST(SymbolsTest, TablesThatReachOverTheEndAreRefused) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
  const auto bytes = [&header] { return std::string(reinterpret_cast<const char*>(&header), sizeof header); };
  EXPECT_TRUE(table_of_bytes(bytes())); // no tables at all
  header.e_shnum = 3;
  header.e_shoff = sizeof header;
  EXPECT_EQ(table_of_bytes(bytes()).error().code, ErrorCode::invalid_input);
  header.e_shoff = ~0ULL;
  EXPECT_EQ(table_of_bytes(bytes()).error().code, ErrorCode::invalid_input);

  // A symbol table of 2^60 bytes must not be believed.
  header.e_shoff = sizeof header;
  header.e_shnum = 1;
  Elf64_Shdr section{};
  section.sh_type = SHT_DYNSYM;
  section.sh_size = 1ULL << 60U;
  const std::string file = bytes() + std::string(reinterpret_cast<const char*>(&section), sizeof section);
  EXPECT_EQ(table_of_bytes(file).error().code, ErrorCode::invalid_input);
}

} // namespace
} // namespace kif::watch
