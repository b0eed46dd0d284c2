// SPDX-License-Identifier: Apache-2.0
// This process stands for the traced one: its root is the host's, and its /proc names are its own.
#include "watch/path_walk.h"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "watch/tracee.h"

namespace kif::watch {
namespace {

class PathWalkTest : public testing::Test {
protected:
  TempDir folder = TempDir::create("kif-test-").value();
  int own = static_cast<int>(::gettid());

  std::optional<Source> source(const std::string& path, int directory = AT_FDCWD) {
    return ProcTracee().source_of_path(own, directory, path);
  }
  bool leads_to(const std::string& path, const std::filesystem::path& target) {
    const UniqueFd file = open_path_of(own, AT_FDCWD, path);
    struct stat a {};
    struct stat b {};
    return file && ::fstat(file.get(), &a) == 0 && ::stat(target.c_str(), &b) == 0 && a.st_ino == b.st_ino &&
           a.st_dev == b.st_dev;
  }
};

TEST_F(PathWalkTest, DevicesAreKnownByTheirNumbers) {
  EXPECT_EQ(source("/dev/urandom"), Source::urandom);
  EXPECT_EQ(source("/dev/random"), Source::random);
  EXPECT_EQ(source("/dev/../dev/./urandom"), Source::urandom);
  EXPECT_EQ(source("/dev/null"), std::nullopt);
  EXPECT_EQ(source("/dev/no-such"), std::nullopt);
  EXPECT_EQ(source("/proc/sys/kernel/random/uuid"), Source::random_uuid);
  EXPECT_EQ(source("/proc/sys/kernel/random/boot_id"), std::nullopt);
  EXPECT_EQ(source(""), std::nullopt);
}

TEST_F(PathWalkTest, LinksAreFollowed) {
  std::filesystem::create_symlink("/dev/urandom", folder.path() / "entropy");
  std::filesystem::create_symlink("entropy", folder.path() / "again");
  std::filesystem::create_symlink("/dev", folder.path() / "devices");
  EXPECT_EQ(source((folder.path() / "again").string()), Source::urandom);
  EXPECT_EQ(source((folder.path() / "devices/random").string()), Source::random);
}

TEST_F(PathWalkTest, RelativePathsStartWhereTheThreadStands) {
  const UniqueFd devices(::open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  EXPECT_EQ(source("urandom", devices.get()), Source::urandom);
  EXPECT_EQ(source("../dev/urandom", devices.get()), Source::urandom);
  EXPECT_EQ(source("urandom", 999), std::nullopt);
  std::filesystem::create_symlink("/dev/urandom", folder.path() / "here");
  const UniqueFd here(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  EXPECT_EQ(source("here", here.get()), Source::urandom);
}

TEST_F(PathWalkTest, TheLinksOfProcLeadWhereTheThreadsOwnWould) {
  const UniqueFd device(::open("/dev/urandom", O_RDONLY | O_CLOEXEC));
  const std::string number = std::to_string(device.get());
  EXPECT_EQ(source("/proc/self/fd/" + number), Source::urandom);
  EXPECT_EQ(source("/proc/thread-self/fd/" + number), Source::urandom);
  EXPECT_EQ(source("/dev/fd/" + number), Source::urandom);
  EXPECT_EQ(source("/proc/self/root/dev/urandom"), Source::urandom);
  EXPECT_EQ(source("/proc/self/cwd/../../../../../../../../dev/urandom"), Source::urandom);
  EXPECT_TRUE(leads_to("/proc/mounts", "/proc/self/mounts"));
}

TEST_F(PathWalkTest, OddFilesystemsEndTheWalkAndNothingElse) {
  std::filesystem::create_symlink("loop", folder.path() / "loop");
  EXPECT_EQ(source((folder.path() / "loop").string()), std::nullopt);
  const UniqueFd here(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  EXPECT_EQ(source("loop", here.get()), std::nullopt);
  EXPECT_EQ(source("/dev/urandom/x"), std::nullopt);
  EXPECT_EQ(ProcTracee().source_of_path(-1, AT_FDCWD, "/dev/urandom"), std::nullopt);
}

TEST_F(PathWalkTest, DescriptorsAreKnownByWhatTheyAre) {
  const UniqueFd device(::open("/dev/urandom", O_RDONLY | O_CLOEXEC));
  const UniqueFd other(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  const ProcTracee tracee;
  EXPECT_EQ(tracee.source_of_descriptor(own, device.get()), Source::urandom);
  EXPECT_EQ(tracee.source_of_descriptor(own, other.get()), std::nullopt);
  EXPECT_EQ(tracee.source_of_descriptor(own, 999), std::nullopt);
  EXPECT_EQ(tracee.source_of_descriptor(own, -1), std::nullopt);
}

TEST_F(PathWalkTest, TextIsReadUpToItsEndAcrossPages) {
  const std::string text(5000 - 1000, 'a');
  EXPECT_EQ(ProcTracee().read_path(own, reinterpret_cast<std::uint64_t>(text.c_str())), text);
  const std::string endless(10'000, 'a'); // longer than a path may be
  EXPECT_EQ(ProcTracee().read_path(own, reinterpret_cast<std::uint64_t>(endless.c_str())), std::nullopt);
  EXPECT_EQ(ProcTracee().read_path(own, 16), std::nullopt);
}

TEST_F(PathWalkTest, AThreadIsNamedByItsProcess) {
  const auto identity = ProcTracee().identify(own);
  EXPECT_EQ(identity.pid, ::getpid());
  EXPECT_EQ(identity.executable, std::filesystem::read_symlink("/proc/self/exe"));
}

} // namespace
} // namespace kif::watch
