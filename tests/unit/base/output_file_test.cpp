// SPDX-License-Identifier: Apache-2.0
// Devices and full disks are system.outputs': they need a name space of their own.
#include "base/output_file.h"

#include <csignal>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kif {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
protected:
  TempDir m_folder = TempDir::create("kif-test-").value();
  fs::path path(const std::string& name) const { return m_folder.path() / name; }
  void put(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  std::string content(const std::string& name) const { return read_file(path(name), 1000).value_or("<none>"); }
  mode_t mode(const std::string& name) const {
    struct stat status {};
    return ::lstat(path(name).c_str(), &status) == 0 ? status.st_mode : 0;
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(m_folder.path()), fs::directory_iterator()));
  }
  static Result<void> write(const fs::path& target, std::string_view text) {
    KIF_TRY(OutputFile file, OutputFile::create(target));
    KIF_CHECK(file.write(text));
    return file.commit();
  }
};

TEST_F(OutputFileTest, ANewFileHasTheModeThatTheMaskGives) {
  const mode_t before = ::umask(0027);
  EXPECT_TRUE(write(path("a"), "new"));
  ::umask(before);
  EXPECT_EQ(content("a"), "new");
  EXPECT_EQ(mode("a") & 0777U, 0640U);
}

TEST_F(OutputFileTest, AFileIsReplacedWholeAndKeepsItsMode) {
  put("a", "old");
  fs::permissions(path("a"), fs::perms{0604});
  {
    auto file = OutputFile::create(path("a")).value();
    ASSERT_TRUE(file.write("half"));
    EXPECT_EQ(content("a"), "old");
  }
  EXPECT_EQ(content("a"), "old");
  EXPECT_EQ(entries(), 1U);
  EXPECT_TRUE(write(path("a"), "new"));
  EXPECT_EQ(content("a"), "new");
  EXPECT_EQ(mode("a") & 0777U, 0604U);
}

TEST_F(OutputFileTest, AFileThatIsMountedByItselfIsKeptAndFilled) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root mounts";
  put("mounted", "what was longer before");
  put("place", "");
  // In a mount name space of its own: what is mounted there is gone with the child.
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string source = path("mounted").string();
    const std::string place = path("place").string();
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount(source.c_str(), place.c_str(), nullptr, MS_BIND, nullptr) != 0)
      ::_exit(2);
    ::_exit(::rename(source.c_str(), place.c_str()) == 0 || !write(path("place"), "new") ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
    GTEST_SKIP() << "no mount name space can be had here";
  EXPECT_EQ(status, 0) << "1: it could be renamed over (no control), or not be written";
  EXPECT_EQ(content("mounted"), "new");
  EXPECT_EQ(content("place"), "");
  EXPECT_EQ(entries(), 2U);
}

TEST_F(OutputFileTest, AFileWhoseFolderTakesNoOtherIsKeptAndFilled) {
  fs::create_directory(path("sub"));
  put("sub/a", "what was longer before");
  fs::permissions(path("sub/a"), fs::perms{0666});
  fs::permissions(path("sub"), fs::perms{0555});
  fs::permissions(m_folder.path(), fs::perms{0755});
  const pid_t child = ::fork();
  if (child == 0) { // as a user whom permissions hold
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0)
      ::_exit(2);
    ::_exit(AtomicFile::create(path("sub/a")) || !write(path("sub/a"), "new") ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  fs::permissions(path("sub"), fs::perms{0755});
  EXPECT_EQ(status, 0) << "1: a file could be made beside it (no control), or it was not written";
  EXPECT_EQ(content("sub/a"), "new");
}

TEST_F(OutputFileTest, ALinkStaysAndItsTargetIsReplaced) {
  fs::create_directory(path("sub"));
  put("sub/a", "old");
  fs::create_symlink("sub/a", path("first"));
  fs::create_symlink(path("first"), path("second"));
  EXPECT_TRUE(write(path("second"), "new"));
  EXPECT_EQ(content("sub/a"), "new");
  EXPECT_TRUE(S_ISLNK(mode("first")));
  EXPECT_TRUE(S_ISLNK(mode("second")));
}

TEST_F(OutputFileTest, WhatALinkLeadsToNeedNotBeThere) {
  fs::create_symlink("later", path("link"));
  EXPECT_TRUE(write(path("link"), "new"));
  EXPECT_TRUE(S_ISREG(mode("later")));
  EXPECT_TRUE(S_ISLNK(mode("link")));
}

TEST_F(OutputFileTest, LinksInACircleAndAFolderAreErrors) {
  fs::create_symlink("b", path("a"));
  fs::create_symlink("a", path("b"));
  EXPECT_EQ(write(path("a"), "x").error().message,
            "cannot write " + path("a").string() + ": Too many levels of symbolic links");
  EXPECT_EQ(write(m_folder.path(), "x").error().message,
            "cannot write " + m_folder.path().string() + ": Is a directory");
  EXPECT_EQ(entries(), 2U);
}

TEST_F(OutputFileTest, APipeIsWrittenTo) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const UniqueFd reader = open_file(path("pipe"), O_RDONLY | O_NONBLOCK).value();
  EXPECT_TRUE(is_special_output(path("pipe")));
  EXPECT_TRUE(write(path("pipe"), "through"));
  char buffer[16] = {};
  EXPECT_EQ(::read(reader.get(), buffer, sizeof buffer), 7);
  EXPECT_STREQ(buffer, "through");
  EXPECT_TRUE(S_ISFIFO(mode("pipe")));
}

TEST_F(OutputFileTest, APipeWhoseReaderIsGoneIsAnError) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  UniqueFd reader = open_file(path("pipe"), O_RDONLY | O_NONBLOCK).value();
  const auto before = ::signal(SIGPIPE, SIG_IGN); // as kif's main() has it
  auto file = OutputFile::create(path("pipe")).value();
  reader.reset();
  EXPECT_EQ(file.write("x").error().code, ErrorCode::io);
  ::signal(SIGPIPE, before);
}

TEST_F(OutputFileTest, ASocketIsConnectedTo) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path("socket").c_str(), sizeof address.sun_path - 1);
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_TRUE(write(path("socket"), "through"));
  const UniqueFd connection(::accept(listener.get(), nullptr, nullptr));
  char buffer[16] = {};
  EXPECT_EQ(::read(connection.get(), buffer, sizeof buffer), 7);
  EXPECT_TRUE(S_ISSOCK(mode("socket")));
}

TEST_F(OutputFileTest, ADescriptorsNameIsTheDescriptor) {
  put("log", "before ");
  const UniqueFd log = open_file(path("log"), O_WRONLY | O_APPEND).value(); // a shell's >>
  fs::create_symlink("/proc/self/fd/" + std::to_string(log.get()), path("stdout"));
  EXPECT_TRUE(is_special_output(path("stdout")));
  EXPECT_TRUE(write(path("stdout"), "after"));
  EXPECT_TRUE(write("/dev/fd/" + std::to_string(log.get()), "!"));
  EXPECT_EQ(content("log"), "before after!");
  EXPECT_TRUE(S_ISLNK(mode("stdout")));
}

TEST_F(OutputFileTest, OnlyWhatIsNotReplacedIsSpecial) {
  put("file", "");
  EXPECT_FALSE(is_special_output(path("file")));
  EXPECT_FALSE(is_special_output(path("nothing")));
  EXPECT_FALSE(is_special_output(m_folder.path()));
}

} // namespace
} // namespace kif
