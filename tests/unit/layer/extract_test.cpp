// SPDX-License-Identifier: Apache-2.0
#include "layer/extract.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_image.h"

namespace kif::oci {
namespace {

TestEntry with_mode(TestEntry entry, unsigned mode) {
  entry.mode = mode;
  return entry;
}

TestEntry owned_by(TestEntry entry, std::uint64_t uid, std::uint64_t gid) {
  entry.uid = uid;
  entry.gid = gid;
  return entry;
}

class Extract : public testing::Test {
protected:
  Result<Extraction> unpack(const std::vector<std::vector<TestEntry>>& layers, const char* target = "root") {
    std::vector<std::string> tars;
    for (const auto& entries : layers)
      tars.push_back(tar_of(entries));
    KIF_TRY(const Image image, open_image(make_image(m_scene.path("x"), tars)));
    KIF_TRY(const FileTree tree, FileTree::read(image));
    return extract_root(image, tree, m_scene.path(target));
  }
  struct stat status(const char* name) {
    struct stat found {};
    EXPECT_EQ(::lstat(m_scene.path("root").append(name).c_str(), &found), 0) << name;
    return found;
  }

  Scene m_scene;
};

TEST_F(Extract, AFileThatIsWantedIsSeenOnceAndWrittenAllTheSame) {
  const std::vector<std::string> layers = {tar_of({file("a", "replaced"), file("b", "not wanted")}),
                                           tar_of({file("a", "hello"), hard_link("h", "a")})};
  const Image image = open_image(make_image(m_scene.path("x"), layers)).value();
  const FileTree tree = FileTree::read(image).value();
  std::vector<std::string> seen;
  ASSERT_TRUE(extract_root(image, tree, m_scene.path("root"),
                           {.wanted = [](const FileEntry& entry) { return entry.name != "b"; },
                            .look =
                                [&](const FileEntry& entry, std::span<const std::byte> content) {
                                  const auto* text = reinterpret_cast<const char*>(content.data());
                                  seen.push_back(entry.path() + " " + std::string(text, content.size()));
                                }}));
  EXPECT_EQ(seen, (std::vector<std::string>{"/a hello"}));
  EXPECT_EQ(snapshot(m_scene.path("root")),
            (std::map<std::string, std::string>{{"a", "hello"}, {"b", "not wanted"}, {"h", "hello"}}));
}

TEST_F(Extract, WritesFilesLinksAndFoldersWithTheirAttributes) {
  const auto done = unpack({{with_mode(folder("./"), 0751), with_mode(folder("d"), 0500), file("d/a", "hello"),
                             hard_link("h", "d/a"), symlink("l", "/d/a"), with_mode(file("empty", ""), 0600)},
                            {file("e", "upper")}});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->entries, 7U);
  EXPECT_EQ(done->bytes, 10U);
  EXPECT_EQ(snapshot(m_scene.path("root")),
            (std::map<std::string, std::string>{
                {"d", "folder"}, {"d/a", "hello"}, {"e", "upper"}, {"empty", ""}, {"h", "hello"}, {"l", "-> /d/a"}}));
  EXPECT_EQ(status("").st_mode & 07777U, 0751U);
  EXPECT_EQ(status("d").st_mode & 07777U, 0500U);
  EXPECT_EQ(status("empty").st_mode & 07777U, 0600U);
  EXPECT_EQ(status("d").st_mtime, 1'700'000'000) << "though a file was made in it";
  EXPECT_EQ(status("d/a").st_mtime, 1'700'000'000);
  EXPECT_EQ(status("l").st_mtime, 1'700'000'000);
  EXPECT_EQ(status("h").st_ino, status("d/a").st_ino);
  EXPECT_EQ(status("h").st_nlink, 2U);
  EXPECT_TRUE(remove_root(m_scene.path("root")));
  EXPECT_EQ(m_scene.names(), (std::vector<std::string>{"canary", "x"}));
}

TEST_F(Extract, DevicesAndFifosAreListedAndNotMade) {
  const auto done = unpack({{{"null", '3'}, {"disk", '4'}, {"pipe", '6'}, file("a")}});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->not_made, (std::vector<std::string>{"/disk", "/null", "/pipe"}));
  EXPECT_EQ(snapshot(m_scene.path("root")), (std::map<std::string, std::string>{{"a", "x"}}));
}

TEST_F(Extract, OwnersAndSetIdBitsAreKeptAsRoot) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root: only root can give files away";
  const auto done = unpack({{owned_by(with_mode(file("a"), 06755), 12, 34), owned_by(symlink("l", "a"), 5, 6),
                             owned_by(with_mode(folder("d"), 03770), 7, 8)}});
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->owners_kept);
  EXPECT_EQ(status("a").st_mode & 07777U, 06755U);
  EXPECT_EQ(status("a").st_uid, 12U);
  EXPECT_EQ(status("a").st_gid, 34U);
  EXPECT_EQ(status("l").st_uid, 5U);
  EXPECT_EQ(status("d").st_mode & 07777U, 03770U);
  EXPECT_EQ(status("d").st_gid, 8U);
}

// In a child, because there is no way back from another user.
TEST_F(Extract, AUserGetsEverythingButOwnersAndSetIdBits) {
  constexpr uid_t k_nobody = 65534;
  const std::filesystem::path place = m_scene.path("user");
  std::filesystem::create_directory(place);
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(place.c_str(), k_nobody, k_nobody), 0);
    ASSERT_EQ(::chmod(m_scene.path("").parent_path().c_str(), 0755), 0);
  }
  const auto name = make_image(
      m_scene.path("x"), {tar_of({with_mode(folder("d"), 0500), owned_by(with_mode(file("d/a", "1"), 06755), 0, 0),
                                  with_mode(folder("locked"), 0), with_mode(file("locked/b", "2"), 0)})});
  std::filesystem::permissions(m_scene.path("x"), std::filesystem::perms::owner_all |
                                                      std::filesystem::perms::others_read |
                                                      std::filesystem::perms::others_exec);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(k_nobody) != 0 || ::setuid(k_nobody) != 0))
      ::_exit(2);
    const auto image = open_image(name);
    if (!image)
      ::_exit(3);
    const auto tree = FileTree::read(*image);
    if (!tree)
      ::_exit(4);
    const auto done = extract_root(*image, *tree, place / "root");
    if (!done || done->owners_kept)
      ::_exit(5);
    struct stat found {};
    if (::stat((place / "root/d/a").c_str(), &found) != 0 || (found.st_mode & 07777U) != 0755U)
      ::_exit(6);
    if (::stat((place / "root/locked").c_str(), &found) != 0 || (found.st_mode & 07777U) != 0)
      ::_exit(7);
    if (!remove_root(place / "root") || std::filesystem::exists(place / "root"))
      ::_exit(8);
    // A failure after folders were closed: the target has become a file in the way. Nothing may be left, locked folders
    // included.
    std::filesystem::create_directory(place / "root");
    write_file(place / "root/in the way", "");
    ::_exit(extract_root(*image, *tree, place / "root") ? 9 : 0);
  }
  int state = 0;
  ASSERT_EQ(::waitpid(child, &state, 0), child);
  EXPECT_TRUE(WIFEXITED(state));
  EXPECT_EQ(WEXITSTATUS(state), 0);
  EXPECT_EQ(snapshot(place), (std::map<std::string, std::string>{{"root", "folder"}, {"root/in the way", ""}}));
}

TEST_F(Extract, ATargetThatHoldsSomethingIsLeftAlone) {
  write_file(m_scene.path("root/mine"), "1");
  const auto done = unpack({{file("a")}});
  ASSERT_FALSE(done);
  EXPECT_EQ(m_scene.told(done.error()), "conflict: cannot unpack to DIR/root: the folder is not empty");
  EXPECT_EQ(snapshot(m_scene.path("root")), (std::map<std::string, std::string>{{"mine", "1"}}));
  const auto onto_file = unpack({{file("a")}}, "canary/file");
  ASSERT_FALSE(onto_file);
  EXPECT_EQ(m_scene.told(onto_file.error()),
            "conflict: cannot unpack to DIR/canary/file: it exists and is not a folder");
  EXPECT_TRUE(m_scene.canary_lives());
}

TEST_F(Extract, AnEmptyFolderIsFilled) {
  std::filesystem::create_directory(m_scene.path("root"));
  EXPECT_TRUE(unpack({{file("a")}}, "root/"));
  EXPECT_EQ(snapshot(m_scene.path("root")), (std::map<std::string, std::string>{{"a", "x"}}));
}

TEST_F(Extract, AFailureInTheMiddleLeavesNothing) {
  const Image image =
      open_image(make_image(m_scene.path("x"), {tar_of({folder("d"), file("d/a")}), tar_of({file("b")})})).value();
  const FileTree tree = FileTree::read(image).value();
  std::filesystem::remove(m_scene.path("x/blobs/sha256/" + image.manifest().layers[1].descriptor.digest.hex()));
  const auto done = extract_root(image, tree, m_scene.path("root"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::not_found);
  EXPECT_EQ(m_scene.names(), (std::vector<std::string>{"canary", "x"}));
}

TEST_F(Extract, RemovingFollowsNoSymlink) {
  ASSERT_TRUE(unpack({{symlink("out", m_scene.path("canary").string()), folder("d")}}));
  EXPECT_TRUE(remove_root(m_scene.path("root")));
  EXPECT_TRUE(m_scene.canary_lives());
  std::filesystem::create_directory_symlink(m_scene.path("canary"), m_scene.path("link"));
  EXPECT_TRUE(remove_root(m_scene.path("link")));
  EXPECT_TRUE(m_scene.canary_lives());
}

} // namespace
} // namespace kif::oci
