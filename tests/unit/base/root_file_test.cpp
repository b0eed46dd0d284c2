// SPDX-License-Identifier: Apache-2.0
#include "base/root_file.h"

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace kif {
namespace {

TEST(RootFileTest, LinksStayWithinTheRoot) {
  const TempDir root = TempDir::create("kif-test-").value();
  std::filesystem::create_directory(root.path() / "etc");
  std::ofstream(root.path() / "real") << "inside";
  std::filesystem::create_symlink("/real", root.path() / "etc/absolute");
  std::filesystem::create_symlink("../../../../../../../../real", root.path() / "etc/climbing");
  std::filesystem::create_symlink("/etc", root.path() / "folder");
  EXPECT_EQ(read_in_root(root.path(), "/etc/absolute", 100), "inside");
  EXPECT_EQ(read_in_root(root.path(), "/etc/climbing", 100), "inside");
  EXPECT_EQ(read_in_root(root.path(), "/folder/absolute", 100), "inside");
  EXPECT_EQ(read_in_root(root.path(), "/etc/absolute", 3), std::nullopt); // over the bound
  EXPECT_EQ(read_in_root(root.path(), "/etc", 100), std::nullopt);
  EXPECT_EQ(read_in_root(root.path(), "/etc/passwd", 100), std::nullopt); // the host has one
}

TEST(RootFileTest, FoldersAreListedWithinTheRoot) {
  const TempDir root = TempDir::create("kif-test-").value();
  std::filesystem::create_directories(root.path() / "var/lib");
  std::ofstream(root.path() / "var/lib/b") << "b";
  std::ofstream(root.path() / "var/lib/a") << "a";
  std::filesystem::create_symlink("/var/lib", root.path() / "link");
  EXPECT_EQ(list_in_root(root.path(), "/link", 2).value(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(list_in_root(root.path(), "/link", 1).error().code, ErrorCode::too_large);
  EXPECT_TRUE(list_in_root(root.path(), "/var/lib/a", 10).value().empty());
  EXPECT_TRUE(list_in_root(root.path(), "/usr", 10).value().empty()); // the host has one
}

TEST(RootFileTest, WhyAFileCannotBeReadIsTold) {
  const TempDir root = TempDir::create("kif-test-").value();
  std::ofstream(root.path() / "file") << "inside";
  std::filesystem::create_directory(root.path() / "folder");
  std::filesystem::create_symlink("loop", root.path() / "loop");
  EXPECT_EQ(read_in_root_if_there(root.path(), "/file", 6).value(), "inside");
  EXPECT_EQ(read_in_root_if_there(root.path(), "/none", 6).value(), std::nullopt);
  EXPECT_EQ(read_in_root_if_there(root.path(), "/file/below", 6).value(), std::nullopt);
  EXPECT_EQ(read_in_root_if_there(root.path(), "/folder", 6).value(), std::nullopt);
  EXPECT_EQ(read_in_root_if_there(root.path(), "/file", 5).error().code, ErrorCode::too_large);
  EXPECT_EQ(read_in_root_if_there(root.path(), "/loop", 6).error().message,
            "cannot open /loop in " + root.path().string() + ": Too many levels of symbolic links");
}

} // namespace
} // namespace kif
