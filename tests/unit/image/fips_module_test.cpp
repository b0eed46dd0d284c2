// SPDX-License-Identifier: Apache-2.0
#include "image/fips_module.h"

#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/process.h"
#include "elf/elf_builder.h"

namespace kif::image {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path k_deps = KIF_DEPS_DIR;

const facts::ApprovedTable& table() {
  static const facts::ApprovedTable table = facts::read_approved(KIF_DATA_DIR "/approved.yaml").value();
  return table;
}

std::vector<ConfigLine> lines_for(const PayloadFile& module) {
  return fipsinstall_lines(module, table(), {});
}

struct RealModule {
  const char* folder;
  const char* version_start; ///< Debian's modules move on with its point releases
  std::size_t lines;         ///< `activate` to `module-mac`
};

class RealModules : public testing::TestWithParam<RealModule> {};

TEST_P(RealModules, AreRecognised) {
  const auto module = read_fips_module(k_deps / "modules" / GetParam().folder);
  ASSERT_TRUE(module) << module.error().message;
  EXPECT_THAT(module->version, testing::StartsWith(GetParam().version_start));
  EXPECT_EQ(module->elf.architecture, "amd64");
  EXPECT_EQ(module->path.filename(), "fips.so");
  EXPECT_EQ(lines_for(*module).size(), GetParam().lines);
}

INSTANTIATE_TEST_SUITE_P(All, RealModules,
                         testing::Values(RealModule{"3.0.8", "3.0.8", 5}, RealModule{"3.1.2", "3.1.2", 7},
                                         RealModule{"3.4.0", "3.4.0", 32}, RealModule{"3.5", "3.5.", 32},
                                         RealModule{"3.6", "3.6.", 32}),
                         [](const auto& parameter) {
                           std::string name = parameter.param.folder;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

/// An openssl command that knows fipsinstall, run through its own loader and libraries.
struct Tool {
  const char* name; ///< a suite of Debian, or "source" for OpenSSL 3.4.0 built from source
  bool knows_pedantic;
};

std::vector<std::string> command_of(const std::string& name) {
  if (name == "source")
    return {"env", "LD_LIBRARY_PATH=" + (k_deps / "openssl-3.4.0/lib").string(), k_deps / "openssl-3.4.0/bin/openssl"};
  const fs::path root = k_deps / "root" / name;
  const fs::path libraries = root / "usr/lib/x86_64-linux-gnu";
  fs::path loader = libraries / "ld-linux-x86-64.so.2";
  if (!fs::exists(loader))
    loader = root / "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"; // bookworm's package has it there
  return {loader.string(), "--library-path", libraries.string() + ":" + (root / "lib/x86_64-linux-gnu").string(),
          (root / "usr/bin/openssl").string()};
}

// What `openssl fipsinstall` writes for a module: `-pedantic` where it has that option.
std::vector<ConfigLine> written_by_openssl(const Tool& tool, const fs::path& module) {
  const auto dir = TempDir::create("kif-fipsinstall-").value();
  const fs::path out = dir.path() / "fipsmodule.cnf";
  std::vector<std::string> command = command_of(tool.name);
  for (const std::string& word : {std::string("fipsinstall"), std::string("-self_test_onload"), std::string("-module"),
                                  module.string(), std::string("-out"), out.string()})
    command.push_back(word);
  if (tool.knows_pedantic)
    command.emplace_back("-pedantic");
  const auto output = run_program(
      {.argv = command, .environment = std::vector<std::string>{"OPENSSL_CONF=/dev/null", "PATH=/usr/bin:/bin"}});
  if (!output || output->exit_code != 0)
    return {{"cannot run openssl fipsinstall", output ? output->err : output.error().message}};
  std::vector<ConfigLine> lines;
  std::istringstream text(read_file(out, 1 << 20).value());
  for (std::string line; std::getline(text, line);)
    if (const std::size_t at = line.find(" = "); at != std::string::npos)
      lines.push_back({line.substr(0, at), line.substr(at + 3)});
  return lines;
}

struct OwnTool {
  Tool tool;
  const char* module;
};

class FipsInstall : public testing::TestWithParam<OwnTool> {};

TEST_P(FipsInstall, OurLinesAreTheirs) {
  const fs::path path = k_deps / "modules" / GetParam().module / "fips.so";
  const auto module = read_fips_module(path);
  ASSERT_TRUE(module) << module.error().message;
  const auto theirs = written_by_openssl(GetParam().tool, path);
  const auto ours = lines_for(*module);
  ASSERT_EQ(ours.size(), theirs.size()) << theirs.front().key << theirs.front().value;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_EQ(ours[i].key, theirs[i].key);
    EXPECT_EQ(ours[i].value, theirs[i].value) << ours[i].key;
  }
}

// 3.0's fipsinstall has no -pedantic, and 3.1's is not at hand: of what 3.4's writes, 3.1's writes two
// (apps/fipsinstall.c), which the test below asks for.
INSTANTIATE_TEST_SUITE_P(All, FipsInstall,
                         testing::Values(OwnTool{{"bookworm", false}, "3.0.8"}, OwnTool{{"source", true}, "3.4.0"},
                                         OwnTool{{"trixie", true}, "3.5"}, OwnTool{{"forky", true}, "3.6"}),
                         [](const auto& parameter) {
                           std::string name = std::string(parameter.param.tool.name) + "_" + parameter.param.module;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(FipsInstallOf31, HasTwoSwitches) {
  const PayloadFile module = read_fips_module(k_deps / "modules/3.1.2").value();
  std::vector<ConfigLine> lines = lines_for(module);
  lines.pop_back(); // module-mac
  EXPECT_EQ(lines, (std::vector<ConfigLine>{{"activate", "1"},
                                            {"install-version", "1"},
                                            {"conditional-errors", "1"},
                                            {"security-checks", "1"},
                                            {"tls1-prf-ems-check", "1"},
                                            {"drbg-no-trunc-md", "1"}}));
}

TEST(FipsModuleMac, IsHmacSha256UnderThePublicKey) {
  // printf abc | openssl mac -digest SHA256 -macopt
  // hexkey:f4556650ac31d35461610bac4ed81b1a181b2d8a43ea2854cbae22ca74560813 HMAC
  EXPECT_EQ(module_mac("abc"),
            "F2:5A:B6:EA:6D:06:B2:63:08:4C:C1:BF:92:D6:C6:EF:6B:ED:EB:78:AA:E1:D9:E1:E2:C0:14:96:D3:70:4A:20");
}

class FakeModule : public testing::Test {
protected:
  TempDir m_dir = TempDir::create("kif-module-test-").value();
  fs::path write(const std::string& content) {
    const fs::path path = m_dir.path() / "fips.so";
    auto file = AtomicFile::create(path).value();
    EXPECT_TRUE(file.write(content));
    EXPECT_TRUE(file.commit());
    return path;
  }
  // The reason for which a file is refused.
  std::string reason(const std::string& content) {
    const fs::path path = write(content);
    const auto module = read_fips_module(path);
    if (module)
      return "accepted";
    EXPECT_EQ(module.error().code, ErrorCode::unsupported);
    const std::string head = "cannot use " + path.string() + " as a FIPS module: ";
    EXPECT_THAT(module.error().message, testing::StartsWith(head));
    return module.error().message.substr(head.size());
  }
  static std::string text(std::string_view with_bars) {
    std::string result(with_bars);
    std::replace(result.begin(), result.end(), '|', '\0');
    return result;
  }
};

TEST_F(FakeModule, AFolderMeansTheFileInIt) {
  write(elf::build_elf({.exports = {{"OSSL_provider_init", ""}}, .text = text("|module-filename|module-mac|3.5.4|")}));
  EXPECT_EQ(read_fips_module(m_dir.path()).value().version, "3.5.4");
}

TEST_F(FakeModule, AMissingFileIsNotFound) {
  EXPECT_EQ(read_fips_module(m_dir.path()).error().code, ErrorCode::not_found);
}

TEST_F(FakeModule, WhatIsNoModuleIsRefusedWithTheReason) {
  EXPECT_EQ(reason("#!/bin/sh\n"), "not an ELF file");
  EXPECT_EQ(reason(elf::build_elf({.text = text("|module-filename|module-mac|3.5.4|")})),
            "it does not export OSSL_provider_init");
  EXPECT_EQ(reason(elf::build_elf({.exports = {{"OSSL_provider_init", ""}}, .text = text("|module-filename|3.5.4|")})),
            "it is an OpenSSL provider, but does not check its own integrity");
  EXPECT_EQ(reason(elf::build_elf({.exports = {{"OSSL_provider_init", ""}},
                                   .text = text("|module-filename|module-mac|2.16.840.1|1.1.1|3.5|")})),
            "no version of OpenSSL 3 or newer in it");
}

TEST_F(FakeModule, AVendorsVersionIsKept) {
  const fs::path path = write(elf::build_elf(
      {.exports = {{"OSSL_provider_init", ""}}, .text = text("|module-filename|module-mac|3.0.7-395c1a24|")}));
  const PayloadFile module = read_fips_module(path).value();
  EXPECT_EQ(module.version, "3.0.7-395c1a24");
  EXPECT_EQ(lines_for(module).size(), 5U);
}

TEST_F(FakeModule, AVendorsOldModuleWithANewSwitchGetsIt) {
  const fs::path path = write(elf::build_elf(
      {.exports = {{"OSSL_provider_init", ""}},
       .text = text("|module-filename|module-mac|3.0.7-395c1a24|tls1-prf-ems-check|sshkdf-key-check|")}));
  const PayloadFile module = read_fips_module(path).value();
  const auto lines = lines_for(module);
  const std::vector<ConfigLine> switches(lines.begin() + 4, lines.end() - 1);
  EXPECT_EQ(switches,
            (std::vector<ConfigLine>{{"tls1-prf-ems-check", "1"}, {"hkdf-key-check", "1"}, {"sshkdf-key-check", "1"}}));
}

TEST_F(FakeModule, ADamagedElfFileIsInvalid) {
  std::string content = elf::build_elf({.exports = {{"OSSL_provider_init", ""}}});
  content.resize(content.size() / 2);
  const auto module = read_fips_module(write(content));
  ASSERT_FALSE(module);
  EXPECT_EQ(module.error().code, ErrorCode::invalid_input);
}

} // namespace
} // namespace kif::image
