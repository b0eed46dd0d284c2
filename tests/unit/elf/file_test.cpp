// SPDX-License-Identifier: Apache-2.0
#include "elf/file.h"

#include <functional>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "elf/elf_builder.h"

namespace kif::elf {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::span<const std::byte> bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string whole_file(const std::string& path) {
  return read_file(path, 256 << 20).value();
}

Recipe rich_recipe() {
  return {.soname = "libx.so.1",
          .needed = {"libc.so.6", "libm.so.6"},
          .needs = {{"libc.so.6", {"GLIBC_2.2.5", "GLIBC_2.34"}}, {"libm.so.6", {"GLIBC_2.29"}}},
          .definitions = {"X_1", "X_2"},
          .exports = {{"start", "\xb8\x01"}, {"stop", ""}}};
}

// The reason why a change to a good file is refused.
std::string reason_after(const std::function<void(std::string&)>& change) {
  std::string file = build_elf(rich_recipe());
  change(file);
  const auto result = parse(bytes(file), "x.so", Symbols::read);
  return result ? "accepted" : result.error().message;
}

template <class T> T* at(std::string& file, std::size_t offset) {
  return reinterpret_cast<T*>(file.data() + offset);
}

Elf64_Phdr* segment(std::string& file, std::size_t index) {
  return at<Elf64_Phdr>(file, sizeof(Elf64_Ehdr) + index * sizeof(Elf64_Phdr));
}

Elf64_Dyn* dynamic_entry(std::string& file, std::int64_t tag) {
  auto* entry = at<Elf64_Dyn>(file, segment(file, 1)->p_offset);
  while (entry->d_tag != tag)
    ++entry;
  return entry;
}

TEST(Elf, ImportsAreWhatRelocationsReferTo) {
  const std::string file = build_elf({.exports = {{"start", ""}}, .imports = {"stop", "pause"}});
  const File elf = parse(bytes(file), "x.so", Symbols::read).value();
  EXPECT_THAT(elf.imported_symbols, ElementsAre("pause", "stop"));
  EXPECT_TRUE(elf.imports("stop"));
  EXPECT_FALSE(elf.imports("start")) << "it defines that itself";
  EXPECT_THAT(parse(bytes(file), "x.so").value().imported_symbols, IsEmpty()) << "not asked for";
}

TEST(Elf, RealProgramsWithoutExportsHaveImports) {
  // Their hash table is empty, and does not tell how many symbols there are.
  const std::string file = whole_file("/usr/bin/openssl");
  EXPECT_TRUE(parse(bytes(file), "openssl", Symbols::read).value().imports("EVP_MD_fetch"));
}

TEST(Elf, RelocationsOutsideTheFileAreRefused) {
  Recipe recipe = rich_recipe();
  recipe.imports = {"stop"};
  std::string file = build_elf(recipe);
  dynamic_entry(file, DT_PLTRELSZ)->d_un.d_val = 1 << 30;
  const auto result = parse(bytes(file), "x.so", Symbols::read);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("a relocation lies outside the file"));
}

TEST(Elf, StaticProgramsNameNoInterpreter) {
  const auto is_static = [](const Recipe& recipe) {
    return parse(bytes(build_elf(recipe)), "x").value().is_static_program;
  };
  EXPECT_TRUE(is_static({.type = ET_EXEC}));
  EXPECT_TRUE(is_static({.is_program = true})) << "a static-pie program";
  EXPECT_FALSE(is_static({.is_program = true, .has_interpreter = true}));
  EXPECT_FALSE(is_static({.type = ET_EXEC, .needed = {"libc.so.6"}}));
  EXPECT_FALSE(is_static({})) << "a library";
}

TEST(Elf, ReadsWhatTheFileSays) {
  const std::string file = build_elf(rich_recipe());
  const File elf = parse(bytes(file), "x.so", Symbols::read).value();
  EXPECT_EQ(elf.architecture, "amd64");
  EXPECT_TRUE(elf.is_shared_object);
  EXPECT_TRUE(elf.is_dynamic);
  EXPECT_EQ(elf.soname, "libx.so.1");
  EXPECT_THAT(elf.needed_libraries, ElementsAre("libc.so.6", "libm.so.6"));
  EXPECT_THAT(elf.version_needs,
              ElementsAre(VersionNeed{"libc.so.6", "GLIBC_2.2.5"}, VersionNeed{"libc.so.6", "GLIBC_2.34"},
                          VersionNeed{"libm.so.6", "GLIBC_2.29"}));
  EXPECT_THAT(elf.defined_versions, ElementsAre("X_1", "X_2"));
  ASSERT_NE(elf.exported("start"), nullptr);
  EXPECT_EQ(elf.exported("start")->body.size(), 2U);
  EXPECT_EQ(elf.exported("sta"), nullptr);
}

TEST(Elf, ReadsThisMachinesOwnLibraries) {
  const std::string file = whole_file("/proc/self/exe");
  const File self = parse(bytes(file), "self").value();
  EXPECT_THAT(self.needed_libraries, Contains("libc.so.6"));
  EXPECT_THAT(self.version_needs, Contains(testing::Field(&VersionNeed::library, "libc.so.6")));
}

TEST(Elf, NamesArchitectures) {
  const auto architecture = [](std::uint16_t machine) {
    return parse(bytes(build_elf({.machine = machine})), "x").value().architecture;
  };
  EXPECT_EQ(architecture(EM_AARCH64), "arm64");
  EXPECT_EQ(architecture(EM_RISCV), "riscv64");
  EXPECT_EQ(architecture(EM_PPC64), "ppc64le");
  EXPECT_EQ(architecture(EM_AVR), "machine 83");
}

TEST(Elf, NamesTheArchitectureOf32BitAndBigEndianFiles) {
  std::string file(52, '\0');
  std::memcpy(file.data(),
              "\x7f"
              "ELF\x01\x01\x01",
              7);
  file[16] = ET_DYN;
  file[18] = EM_386;
  const File small = parse(bytes(file), "x").value();
  EXPECT_EQ(small.architecture, "386");
  EXPECT_FALSE(small.is_dynamic);

  file[4] = ELFCLASS64;
  file[5] = ELFDATA2MSB;
  file[16] = 0;
  file[17] = ET_DYN;
  file[18] = 0;
  file[19] = EM_S390;
  EXPECT_EQ(parse(bytes(file), "x").value().architecture, "s390x");
  EXPECT_EQ(architecture_of(bytes(file).first(k_head_bytes)), "s390x");
  EXPECT_EQ(architecture_of(bytes(file).first(k_head_bytes - 1)), "");
  file[0] = 'X';
  EXPECT_EQ(architecture_of(bytes(file)), "");
}

TEST(Elf, RefusesWhatIsNoElfFile) {
  for (const std::string content : {"",
                                    "\x7f"
                                    "EL",
                                    "#!/bin/sh\n",
                                    "\x7f"
                                    "ELF"}) {
    const auto result = parse(bytes(content), "x");
    ASSERT_FALSE(result) << content;
    EXPECT_EQ(result.error().code, ErrorCode::invalid_input);
  }
  EXPECT_EQ(parse(bytes("#!/bin/sh\n"), "run").error().message, "cannot read ELF file run: no ELF header");
}

TEST(Elf, EveryOffsetIsChecked) {
  const std::string head = "cannot read ELF file x.so: ";
  EXPECT_EQ(reason_after([](std::string& f) { at<Elf64_Ehdr>(f, 0)->e_phoff = ~0ULL - 10; }),
            head + "its program headers lie outside the file");
  EXPECT_EQ(reason_after([](std::string& f) { at<Elf64_Ehdr>(f, 0)->e_phentsize = 8; }),
            head + "its program headers have a wrong size");
  EXPECT_EQ(reason_after([](std::string& f) { segment(f, 1)->p_offset = ~0ULL; }),
            head + "the dynamic section lies outside the file");
  EXPECT_EQ(reason_after([](std::string& f) { segment(f, 0)->p_filesz += 1; }),
            head + "a segment lies outside the file");
  EXPECT_EQ(reason_after([](std::string& f) { dynamic_entry(f, DT_STRTAB)->d_un.d_ptr = 1ULL << 40; }),
            head + "the string table lies outside the loaded segments");
  EXPECT_EQ(reason_after([](std::string& f) { dynamic_entry(f, DT_STRSZ)->d_un.d_val = 3; }),
            head + "a name lies outside the string table");
  EXPECT_EQ(reason_after([](std::string& f) { dynamic_entry(f, DT_NEEDED)->d_un.d_val = ~0ULL; }),
            head + "a name lies outside the string table");
  EXPECT_EQ(reason_after([](std::string& f) {
              dynamic_entry(f, DT_STRSZ)->d_un.d_val = ~0ULL;
              dynamic_entry(f, DT_NEEDED)->d_un.d_val = ~0ULL - 8;
            }),
            head + "a name lies outside the file");
  EXPECT_EQ(reason_after([](std::string& f) { dynamic_entry(f, DT_VERNEED)->d_un.d_ptr = ~0ULL; }),
            head + "the version needs lies outside the loaded segments");
  EXPECT_EQ(reason_after([](std::string& f) {
              at<Elf64_Verneed>(f, dynamic_entry(f, DT_VERNEED)->d_un.d_ptr)->vn_aux = 0xffffff00;
            }),
            head + "a version need lies outside the file");
  EXPECT_EQ(reason_after([](std::string& f) { dynamic_entry(f, DT_HASH)->d_un.d_ptr = ~0ULL; }),
            head + "the symbol hash table lies outside the loaded segments");
  EXPECT_EQ(reason_after([](std::string& f) { dynamic_entry(f, DT_SYMTAB)->d_un.d_ptr = f.size() - 8; }),
            head + "a symbol lies outside the file");
}

TEST(Elf, ChainsThatNeverEndAreRefused) {
  // Each need says that the next one is 1 byte further on, and that it has 65,535 versions in a chain of overlapping
  // entries.
  Recipe recipe;
  recipe.needs = {{"libc.so.6", {"GLIBC_2.34"}}};
  recipe.text = std::string(200'000, '\1');
  std::string file = build_elf(recipe);
  auto* need = at<Elf64_Verneed>(file, dynamic_entry(file, DT_VERNEED)->d_un.d_ptr);
  need->vn_cnt = 65'535;
  auto* entry = reinterpret_cast<Elf64_Vernaux*>(need + 1);
  entry->vna_next = 1;
  entry->vna_name = 0;
  const auto result = parse(bytes(file), "x");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("a name lies outside the string table"));

  recipe.text = std::string(65'536 * 20, '\0'); // names of length 0, and chains that go on by 16
  file = build_elf(recipe);
  need = at<Elf64_Verneed>(file, dynamic_entry(file, DT_VERNEED)->d_un.d_ptr);
  need->vn_cnt = 65'535;
  for (std::size_t i = 0; i < 65'536; ++i)
    reinterpret_cast<Elf64_Vernaux*>(need + 1)[i] = {
        .vna_hash = 0, .vna_flags = 0, .vna_other = 0, .vna_name = 0, .vna_next = 16};
  EXPECT_EQ(parse(bytes(file), "x").error().message, "cannot read ELF file x: too many version needs");
}

TEST(Elf, AnyTruncationEndsInAnAnswer) {
  const std::string file = build_elf(rich_recipe());
  for (std::size_t size = 0; size < file.size(); ++size) {
    const std::string part = file.substr(0, size);
    EXPECT_FALSE(parse(bytes(part), "x", Symbols::read)) << size;
  }
}

// Deterministic noise: no crash and no reading outside, which the sanitizer build sees.
TEST(Elf, AnyDamageEndsInAnAnswer) {
  const std::string file = build_elf(rich_recipe());
  std::mt19937 random(20'250'101);
  for (int round = 0; round < 20'000; ++round) {
    auto damaged = file;
    for (int i = 0; i < 1 + round % 8; ++i)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto result = parse(bytes(damaged), "x", Symbols::read);
    if (!result) {
      EXPECT_EQ(result.error().code, ErrorCode::invalid_input);
    }
  }
}

} // namespace
} // namespace kif::elf
