// SPDX-License-Identifier: Apache-2.0
#include "provider/module_file.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace kif::provider {
namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct ModuleFileTest : testing::Test {
  /// A file of its own for each test: a module that is mapped stays so.
  std::string module_copy(const std::string& name) {
    const auto path = folder.path() / name;
    std::filesystem::copy_file(KIF_FAKE_MODULE, path);
    return path.string();
  }

  TempDir folder = TempDir::create("kif-module").value();
};

TEST_F(ModuleFileTest, TheFileItselfIsMapped) {
  const std::string path = module_copy("fips.so");
  const auto module = ModuleFile::load(path);
  ASSERT_TRUE(module) << module.error().message;
  EXPECT_NE(module->init, nullptr);
  EXPECT_EQ(module->loaded_from, path);
}

TEST_F(ModuleFileTest, AFileThatTheProcessHasAlreadyIsNotMappedAgain) {
  const std::string path = module_copy("fips.so");
  ASSERT_TRUE(ModuleFile::load(path));
  const auto again = ModuleFile::load(path);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
}

TEST_F(ModuleFileTest, EachCopyIsAModuleOfItsOwnWithTheSameBytes) {
  const std::string path = module_copy("fips.so");
  const auto original = ModuleFile::load(path);
  ASSERT_TRUE(original);
  for (const bool in_memory : {true, false}) {
    std::vector<OSSL_provider_init_fn*> seen = {original->init};
    for (const std::size_t number : {1, 2, 3}) {
      auto copy = ModuleFile::load_copy(path, number, {.try_memory = in_memory});
      ASSERT_TRUE(copy) << copy.error().message;
      for (auto* init : seen)
        EXPECT_NE(copy->init, init);
      seen.push_back(copy->init);
      EXPECT_EQ(content(copy->loaded_from), content(path));
      EXPECT_EQ(copy->loaded_from.starts_with("/proc/self/"), in_memory);
      const std::string was_there = copy->loaded_from;
      copy->drop_copy();
      EXPECT_FALSE(std::filesystem::exists(was_there)) << was_there;
    }
  }
}

// The number of a closed descriptor comes again; the copy behind it must not be taken for the earlier one.
TEST_F(ModuleFileTest, CopiesThatFollowEachOtherOnOneDescriptorNumberStayApart) {
  const std::string path = module_copy("fips.so");
  auto first = ModuleFile::load_copy(path, 1);
  ASSERT_TRUE(first);
  const int number = first->memory.get();
  first->drop_copy();
  auto second = ModuleFile::load_copy(path, 2);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->memory.get(), number);
  EXPECT_NE(second->init, first->init);
}

TEST_F(ModuleFileTest, WhatCannotBeLoadedIsAnErrorThatNamesTheFile) {
  const std::string missing = (folder.path() / "missing.so").string();
  const std::string text = (folder.path() / "text.so").string();
  std::ofstream(text) << "no ELF file";
  std::filesystem::create_directory(folder.path() / "folder.so");
  const std::string directory = (folder.path() / "folder.so").string();
  for (const auto& [path, code] : {std::pair{missing, ErrorCode::not_found}, std::pair{text, ErrorCode::unsupported},
                                   std::pair{directory, ErrorCode::unsupported}}) {
    for (const bool copy : {false, true}) {
      const auto module = copy ? ModuleFile::load_copy(path, 5) : ModuleFile::load(path);
      ASSERT_FALSE(module) << path;
      EXPECT_EQ(module.error().code, code) << module.error().message;
      EXPECT_NE(module.error().message.find(path), std::string::npos) << module.error().message;
      EXPECT_NE(module.error().message.find("FIPS module"), std::string::npos) << module.error().message;
    }
  }
}

TEST_F(ModuleFileTest, ALibraryThatIsNoProviderIsRefused) {
  const auto module = ModuleFile::load(KIF_NO_MODULE);
  ASSERT_FALSE(module);
  EXPECT_NE(module.error().message.find("OSSL_provider_init"), std::string::npos) << module.error().message;
}

TEST_F(ModuleFileTest, AFileOverTheBoundIsNotReadIn) {
  const std::string path = (folder.path() / "large.so").string();
  std::ofstream(path) << "x";
  std::filesystem::resize_file(path, 65 * 1024 * 1024);
  for (const bool copy : {false, true}) {
    const auto module = copy ? ModuleFile::load_copy(path, 6) : ModuleFile::load(path);
    ASSERT_FALSE(module);
    EXPECT_EQ(module.error().code, ErrorCode::too_large);
  }
}

TEST_F(ModuleFileTest, NoTemporaryFileIsLeftWhereTheCopyFails) {
  const std::string text = (folder.path() / "text.so").string();
  std::ofstream(text) << "no ELF file";
  const auto elsewhere = TempDir::create("kif-tmpdir").value();
  ASSERT_EQ(::setenv("TMPDIR", elsewhere.path().c_str(), 1), 0);
  EXPECT_FALSE(ModuleFile::load_copy(text, 7, {.try_memory = false}));
  ::unsetenv("TMPDIR");
  EXPECT_TRUE(std::filesystem::is_empty(elsewhere.path()));
}

} // namespace
} // namespace kif::provider
