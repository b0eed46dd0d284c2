// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace kif {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
protected:
  TempDir m_dir = TempDir::create("kif-file-test-").value();
  fs::path path(const char* name) const { return m_dir.path() / name; }
  void write(const fs::path& target, std::string_view text) {
    auto file = AtomicFile::create(target).value();
    ASSERT_TRUE(file.write(text));
    ASSERT_TRUE(file.commit());
  }
};

TEST_F(FileTest, WhatIsCommittedIsReadBack) {
  write(path("a"), "one");
  EXPECT_EQ(read_file(path("a"), 3).value(), "one");
}

TEST_F(FileTest, AnAtomicFileThatIsDroppedLeavesTheOldContentAndNothingElse) {
  write(path("a"), "old");
  {
    auto file = AtomicFile::create(path("a")).value();
    ASSERT_TRUE(file.write("half-writ"));
  }
  EXPECT_EQ(read_file(path("a"), 100).value(), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(m_dir.path()), fs::directory_iterator()), 1);
}

TEST_F(FileTest, CommitSetsTheModeWhateverTheUmask) {
  const mode_t before = ::umask(0077);
  auto file = AtomicFile::create(path("a"), 0755).value();
  ASSERT_TRUE(file.commit());
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat(path("a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0755U);
}

TEST_F(FileTest, AFileOverTheBoundIsRefused) {
  write(path("a"), "four");
  const auto read = read_file(path("a"), 3);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::too_large);
  EXPECT_EQ(read.error().message, "cannot read " + path("a").string() + ": larger than the bound of 3 bytes");
}

TEST_F(FileTest, AMissingFileAndAFolderAreNamed) {
  EXPECT_EQ(read_file(path("none"), 1).error().code, ErrorCode::not_found);
  EXPECT_EQ(read_file(m_dir.path(), 1).error().code, ErrorCode::invalid_input);
}

TEST_F(FileTest, ATemporaryFolderGoesWithItsContent) {
  fs::path gone;
  {
    const auto dir = TempDir::create("kif-x-", m_dir.path()).value();
    gone = dir.path();
    fs::create_directories(gone / "deep" / "er");
  }
  EXPECT_FALSE(fs::exists(gone));
}

} // namespace
} // namespace kif
