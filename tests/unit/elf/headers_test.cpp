// SPDX-License-Identifier: Apache-2.0
#include "elf/headers.h"

#include <cstring>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "elf/elf_builder.h"
#include "elf/structure.h"

namespace kif::elf {
namespace {

std::span<const std::byte> bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

TEST(Headers, AreTheSameFromMemoryAndFromAFile) {
  const std::string content = kif::read_file("/proc/self/exe", 512 << 20).value();
  const UniqueFd fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const Headers there = read_headers(in_memory(bytes(content))).value();
  const Headers here = read_headers(in_file(fd.get())).value();
  ASSERT_EQ(there.segments.size(), here.segments.size());
  EXPECT_GT(there.segments.size(), 2U);
  EXPECT_EQ(std::memcmp(there.segments.data(), here.segments.data(), here.segments.size() * sizeof(Elf64_Phdr)), 0);
  EXPECT_EQ(read_sections(in_memory(bytes(content)), there.file).value().size(),
            read_sections(in_file(fd.get()), here.file).value().size());
}

TEST(Headers, EveryPartOfAFileIsReadOrRefused) {
  const std::string file = build_elf({.exports = {{"start", "x"}}});
  for (std::size_t size = 0; size < sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr); ++size) {
    const std::string part = file.substr(0, size);
    EXPECT_EQ(read_headers(in_memory(bytes(part))).error().code, ErrorCode::invalid_input) << size;
    EXPECT_NE(structural_damage(bytes(part)), "") << size;
    EXPECT_FALSE(has_no_loader(bytes(part))) << size;
  }
}

TEST(Headers, OfAnotherWidthOrOrderAreUnsupported) {
  for (const int at : {0, EI_CLASS, EI_DATA}) {
    std::string file = build_elf({});
    file[static_cast<std::size_t>(at)] = 9;
    EXPECT_EQ(read_headers(in_memory(bytes(file))).error().code, ErrorCode::unsupported) << at;
  }
}

TEST(Headers, AProgramWithoutALoaderIsToldByThem) {
  EXPECT_TRUE(has_no_loader(bytes(build_elf({.type = ET_EXEC}))));
  EXPECT_TRUE(has_no_loader(bytes(build_elf({.is_program = true}))));
  EXPECT_FALSE(has_no_loader(bytes(build_elf({.type = ET_EXEC, .has_interpreter = true}))));
  EXPECT_FALSE(has_no_loader(bytes(build_elf({.type = ET_REL}))));
}

TEST(Headers, AFileThatEndsOrIsNoneGivesNothing) {
  std::byte byte{};
  EXPECT_FALSE(in_file(-1)(0, std::span(&byte, 1)));
  EXPECT_FALSE(in_memory({})(0, std::span(&byte, 1)));
  EXPECT_FALSE(in_memory(std::span(&byte, 1))(~0ULL, std::span(&byte, 1)));
  const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(in_file(null.get())(0, std::span(&byte, 1)));
  EXPECT_FALSE(in_file(null.get())(~0ULL, std::span(&byte, 1)));
}

} // namespace
} // namespace kif::elf
