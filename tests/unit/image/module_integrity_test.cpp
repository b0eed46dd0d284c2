// SPDX-License-Identifier: Apache-2.0
#include "image/module_integrity.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "digest/digest.h"
#include "elf/elf_builder.h"
#include "image/fips_module.h"

namespace kif::image {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const fs::path k_deps = KIF_DEPS_DIR;
constexpr std::array k_modules = {"3.0.8", "3.1.2", "3.4.0", "3.5", "3.6"};

std::string real_module(const std::string& version) {
  return read_file(k_deps / "modules" / version / "fips.so", 64 << 20).value();
}

std::string flipped(std::string content, std::size_t at) {
  content[at] = static_cast<char>(content[at] ^ 1);
  return content;
}

/// An ELF file with a table of sections: one without a name, their names, and .rodata1 with a MAC in it.
std::string with_mac_section(const std::string& mac, const std::string& name = ".rodata1") {
  std::string file = elf::build_elf(
      {.exports = {{"OSSL_provider_init", ""}}, .text = std::string("\0module-filename\0module-mac\0003.0.7\0", 35)});
  const std::string names = std::string(1, '\0') + name + '\0' + ".shstrtab" + '\0';
  Elf64_Shdr sections[3] = {};
  sections[1].sh_type = SHT_STRTAB;
  sections[1].sh_name = static_cast<Elf64_Word>(name.size() + 2);
  sections[1].sh_offset = file.size();
  sections[1].sh_size = names.size();
  file += names;
  sections[2].sh_type = SHT_PROGBITS;
  sections[2].sh_name = 1;
  sections[2].sh_offset = file.size();
  sections[2].sh_size = mac.size();
  file += mac;
  Elf64_Ehdr header;
  std::memcpy(&header, file.data(), sizeof header);
  header.e_shoff = file.size();
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 3;
  header.e_shstrndx = 1;
  std::memcpy(file.data(), &header, sizeof header);
  return file.append(reinterpret_cast<const char*>(sections), sizeof sections);
}

std::string bytes_of(const std::string& mac_text) {
  std::string bytes;
  for (std::size_t i = 0; i < mac_text.size(); i += 3)
    bytes += static_cast<char>(std::stoi(mac_text.substr(i, 2), nullptr, 16));
  return bytes;
}

class ModuleIntegrity : public testing::Test {
protected:
  TempDir m_dir = TempDir::create("kif-integrity-test-").value();
  fs::path m_file = m_dir.path() / "fips.so";

  void put(const std::string& name, const std::string& content) {
    std::ofstream(m_dir.path() / name, std::ios::binary | std::ios::trunc) << content;
  }
  std::string refusal(std::string_view content) {
    const auto checked = check_module_file(m_file, content);
    return checked ? "no error" : checked.error().render("kif");
  }
};

TEST_F(ModuleIntegrity, WholeModulesWithoutARecordAreTaken) {
  for (const char* version : k_modules)
    EXPECT_THAT(check_module_file(m_file, real_module(version)).value(), IsEmpty()) << version;
}

TEST_F(ModuleIntegrity, AModuleThatIsCutOffIsRefusedWhereverItIsCut) {
  for (const char* version : k_modules) {
    const std::string whole = real_module(version);
    for (std::size_t cut = 1; cut < whole.size(); cut += cut < 4096 ? 97 : whole.size() / 61) {
      const std::string_view part(whole.data(), whole.size() - cut);
      EXPECT_THAT(refusal(part), HasSubstr("it is damaged: ")) << version << " without its last " << cut << " bytes";
    }
  }
  EXPECT_EQ(refusal(std::string_view(real_module("3.5")).substr(0, 63)),
            "kif: error: cannot use " + m_file.string() +
                " as a FIPS module: it is damaged: it ends within its header\n");
}

TEST_F(ModuleIntegrity, AByteThatIsNotWhatFipsmoduleCnfSaysIsRefused) {
  const std::string whole = real_module("3.5");
  put("fipsmodule.cnf",
      "# by openssl fipsinstall\n[fips_sect]\nactivate = 1\nmodule-mac = " + module_mac(whole) + "\r\n");
  EXPECT_THAT(check_module_file(m_file, whole).value(), ElementsAre("fipsmodule.cnf"));
  for (std::size_t at = 64; at < whole.size(); at += whole.size() / 97)
    EXPECT_THAT(refusal(flipped(whole, at)), HasSubstr("it is damaged")) << at;
  const std::string damaged = flipped(whole, whole.size() / 2);
  EXPECT_EQ(refusal(damaged),
            "kif: error: cannot use " + m_file.string() +
                " as a FIPS module: it is damaged, or another: " + (m_dir.path() / "fipsmodule.cnf").string() +
                " has another module-mac\n  expected: " + module_mac(whole) + "\n  got:      " + module_mac(damaged) +
                "\n  hint: kif makes no new MAC for such a file; take the module from its maker again, with "
                "what belongs to it\n");
  EXPECT_EQ(check_module_file(m_file, damaged).error().code, ErrorCode::digest_mismatch);
}

TEST_F(ModuleIntegrity, AConfigurationInSmallLettersOrWithoutAMacIsRead) {
  const std::string whole = real_module("3.0.8");
  std::string mac = module_mac(whole);
  std::ranges::transform(mac, mac.begin(), [](unsigned char c) { return std::tolower(c); });
  put("fipsmodule.cnf", "module-mac=" + mac + "\n");
  EXPECT_THAT(check_module_file(m_file, whole).value(), ElementsAre("fipsmodule.cnf"));
  put("fipsmodule.cnf", "activate = 1\nmodule-mac\n");
  EXPECT_THAT(check_module_file(m_file, whole).value(), IsEmpty());
  put("fipsmodule.cnf", std::string(65 * 1024, '\n'));
  EXPECT_EQ(check_module_file(m_file, whole).error().code, ErrorCode::too_large);
}

TEST_F(ModuleIntegrity, ADigestBesideTheFileIsHeldToIt) {
  const std::string whole = real_module("3.6");
  put("fips.so.sha256", Digest::of(whole).hex() + "  fips.so\n");
  EXPECT_THAT(check_module_file(m_file, whole).value(), ElementsAre("fips.so.sha256"));
  const std::string damaged = flipped(whole, whole.size() - 5000);
  EXPECT_THAT(refusal(damaged), HasSubstr("fips.so.sha256 has another digest\n  expected: " + Digest::of(whole).text() +
                                          "\n  got:      " + Digest::of(damaged).text() + "\n"));
  put("fips.so.sha256", "nonsense\n");
  EXPECT_EQ(refusal(whole), "kif: error: cannot read " + m_file.string() +
                                ".sha256: it holds no digest\n  hint: sha256sum writes such a file\n");
}

TEST_F(ModuleIntegrity, AMacInTheFileIsHeldToTheRest) {
  const std::string empty = with_mac_section(std::string(32, '\0'));
  EXPECT_THAT(check_module_file(m_file, empty).value(), IsEmpty()) << "none was put in";
  const std::string whole = with_mac_section(bytes_of(module_mac(empty)));
  EXPECT_THAT(check_module_file(m_file, whole).value(), ElementsAre("MAC in the file"));
  for (const std::size_t at :
       {std::size_t{200}, whole.find("module-filename"), whole.find(bytes_of(module_mac(empty)))})
    EXPECT_THAT(refusal(flipped(whole, at)), HasSubstr("the file itself has another MAC\n  expected: ")) << at;
  const std::string other = with_mac_section(std::string(32, 'x'), ".rodata2");
  EXPECT_THAT(check_module_file(m_file, other).value(), IsEmpty()) << "a section of another name is no MAC";
}

TEST_F(ModuleIntegrity, EachPartThatLiesOutsideTheFileIsNamed) {
  const std::string good = with_mac_section(std::string(32, '\0'));
  const auto broken = [&](auto change) {
    std::string file = good;
    Elf64_Ehdr header;
    std::memcpy(&header, file.data(), sizeof header);
    auto* sections = reinterpret_cast<Elf64_Shdr*>(file.data() + header.e_shoff);
    auto* segments = reinterpret_cast<Elf64_Phdr*>(file.data() + header.e_phoff);
    change(header, segments, sections);
    std::memcpy(file.data(), &header, sizeof header);
    const std::string all = refusal(file);
    const std::size_t at = all.find("damaged: ");
    return at == std::string::npos ? all : all.substr(at + 9, all.find('\n') - at - 9);
  };
  using Header = Elf64_Ehdr;
  using Segment = Elf64_Phdr;
  using Section = Elf64_Shdr;
  EXPECT_EQ(broken([](Header&, Segment*, Section*) {}), "no error"); // control
  EXPECT_EQ(broken([](Header& header, Segment*, Section*) { header.e_phoff = ~0ULL; }),
            "its program headers lie outside the file");
  EXPECT_EQ(broken([](Header&, Segment* segments, Section*) { segments[0].p_filesz = ~0ULL; }),
            "a segment lies outside the file");
  EXPECT_EQ(broken([](Header&, Segment* segments, Section*) { segments[0].p_memsz = 1; }),
            "a segment is larger in the file than in memory");
  EXPECT_EQ(broken([](Header&, Segment* segments, Section*) {
              segments[0].p_align = 4096;
              segments[0].p_vaddr = 8;
            }),
            "a segment lies aslant");
  EXPECT_EQ(broken([](Header& header, Segment*, Section*) { header.e_shoff -= 1000000; }),
            "its table of sections lies outside the file");
  EXPECT_EQ(broken([](Header& header, Segment*, Section*) { header.e_shnum = 4; }),
            "its table of sections lies outside the file");
  EXPECT_EQ(broken([](Header& header, Segment*, Section*) { header.e_shstrndx = 3; }),
            "the names of its sections lie outside the file");
  EXPECT_EQ(broken([](Header&, Segment*, Section* sections) { sections[2].sh_offset = ~0ULL; }),
            "a section lies outside the file");
  // Sections that have no content in the file are not read, wherever they say that it is.
  for (const Elf64_Word type : {SHT_NULL, SHT_NOBITS})
    for (const std::size_t index : {1U, 2U})
      EXPECT_EQ(broken([&](Header&, Segment*, Section* sections) {
                  sections[index].sh_type = type;
                  sections[index].sh_offset = ~0ULL;
                }),
                "no error");
}

TEST_F(ModuleIntegrity, HardenReadsNoDamagedModule) {
  const std::string whole = real_module("3.1.2");
  put("fips.so", whole);
  put("fipsmodule.cnf", "module-mac = " + module_mac(whole) + "\n");
  EXPECT_THAT(read_fips_module(m_dir.path()).value().checked_against, ElementsAre("fipsmodule.cnf"));
  put("fips.so", flipped(whole, whole.size() / 3));
  EXPECT_EQ(read_fips_module(m_dir.path()).error().code, ErrorCode::digest_mismatch);
  fs::remove(m_dir.path() / "fipsmodule.cnf"); // control: nothing says what it was
  EXPECT_THAT(read_fips_module(m_dir.path()).value().checked_against, IsEmpty());
}

} // namespace
} // namespace kif::image
