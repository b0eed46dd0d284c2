// SPDX-License-Identifier: Apache-2.0
#include "watch/device_folder.h"

#include <cerrno>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "base/file.h"

namespace kif::watch {
namespace {

bool mounts(const nlohmann::ordered_json& list, const std::string& destination) {
  for (const auto& mount : list)
    if (mount["destination"] == destination)
      return true;
  return false;
}

TEST(DeviceFolderTest, DeniedDevicesAreThereAndRefuseEveryOpen) {
  const TempDir folder = TempDir::create("kif-test-").value();
  const auto list = make_device_folder(folder.path(), Mode::deny).value();
  for (const char* name : {"random", "urandom", "hwrng"}) {
    const std::filesystem::path path = folder.path() / name;
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777U, 0666U);
    EXPECT_EQ(::open(path.c_str(), O_RDONLY), -1);
    EXPECT_EQ(errno, ENXIO);
    EXPECT_FALSE(mounts(list, "/dev/" + std::string(name)));
  }
  EXPECT_TRUE(mounts(list, "/dev/null"));
}

TEST(DeviceFolderTest, OtherModesHaveTheHostsDevices) {
  const TempDir folder = TempDir::create("kif-test-").value();
  const auto list = make_device_folder(folder.path(), Mode::trace).value();
  EXPECT_TRUE(mounts(list, "/dev/random"));
  EXPECT_TRUE(mounts(list, "/dev/urandom"));
}

TEST(DeviceFolderTest, TheFolderItselfIsMountedFirstAndReadOnly) {
  const TempDir folder = TempDir::create("kif-test-").value();
  const auto list = make_device_folder(folder.path(), Mode::deny).value();
  EXPECT_EQ(list[0]["destination"], "/dev");
  const std::string options = list[0]["options"].dump();
  EXPECT_NE(options.find("\"ro\""), std::string::npos);
  EXPECT_NE(options.find("\"nodev\""), std::string::npos);
}

} // namespace
} // namespace kif::watch
