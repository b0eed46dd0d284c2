// SPDX-License-Identifier: Apache-2.0
#include "watch/symbols.h"

#include <filesystem>
#include <fstream>

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/random.h>

#include "base/file.h"
#include "elf/function_table.h"
#include "watch/stack.h"

namespace kif::watch {
namespace {

// A place in this process's libc, by the test's own reading of its mappings.
Frame place_of(const void* address) {
  const auto maps = read_file("/proc/self/maps", 16 * 1024 * 1024).value();
  return locate(parse_executable_mappings(maps), reinterpret_cast<std::uint64_t>(address)).value();
}

TEST(SymbolsTest, APlaceInLibcHasItsFunctionsName) {
  const Frame place = place_of(::dlsym(RTLD_DEFAULT, "getrandom"));
  const UniqueFd fd(::open(place.file.c_str(), O_RDONLY | O_CLOEXEC));
  const auto table = elf::FunctionTable::read(elf::in_file(fd.get()), place.file).value();
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

TEST(SymbolsTest, WhatTheContainerWroteCoversItsRoot) {
  const Frame place = place_of(::dlsym(RTLD_DEFAULT, "getrandom"));
  const TempDir folder = TempDir::create("kif-test-").value();
  Container container;
  for (const char* name : {"root", "upper"})
    std::filesystem::create_directories(folder.path() / name);
  container.root = folder.path() / "root";
  container.writable = {.folder = {}, .seen_by_kif = folder.path()};
  std::filesystem::copy_file(place.file, container.root / "libc.so.6");
  std::vector<Event> events(1);
  const auto symbol = [&] {
    events[0].callers = {{"/libc.so.6", place.offset}};
    add_symbols(events, container);
    return events[0].callers[0].symbol;
  };
  EXPECT_EQ(symbol(), "getrandom");
  std::ofstream(folder.path() / "upper/libc.so.6") << "no ELF file";
  EXPECT_EQ(symbol(), "");
  EXPECT_FALSE(events[0].callers[0].symbols_read);
}

} // namespace
} // namespace kif::watch
