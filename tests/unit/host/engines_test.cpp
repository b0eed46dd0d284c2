// SPDX-License-Identifier: Apache-2.0
#include "host/engines.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "base/file.h"

namespace kif::host {
namespace {

TEST(Engines, VersionsAreFoundInWhatEachPrints) {
  for (const auto& [output, version] : {
           std::pair{"Docker version 20.10.24+dfsg1, build 297e128\n", "20.10.24+dfsg1"},
           {"podman version 4.3.1\n", "4.3.1"},
           {"containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1\n", "1.6.20~ds1"},
           {"containerd containerd.io v1.7.2 0cae528\n", "v1.7.2"},
           {"runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1\nspec: 1.0.2-dev\n", "1.1.5+ds1"},
           {"crun version 1.8.1\ncommit: f8a096be060b22ccd3d5f3ebe44108517fbf6c30\n", "1.8.1"},
           {"runsc version release-20221219.0\nspec: 1.0.2\n", "release-20221219.0"},
           {"nerdctl version 1.0.0\n", "1.0.0"},
       })
    EXPECT_EQ(version_in(output).value_or("none"), version) << output;
}

TEST(Engines, NoVersionIsNone) {
  EXPECT_FALSE(version_in(""));
  EXPECT_FALSE(version_in("no such option\n"));
  EXPECT_FALSE(version_in("version\n"));
  EXPECT_FALSE(version_in("version " + std::string(100, '1') + "\n"));
}

/// A folder that is all of PATH, with made-up engines in it.
class FakeEngines : public testing::Test {
protected:
  void SetUp() override { ::setenv("PATH", m_folder.path().c_str(), 1); }
  void TearDown() override { ::setenv("PATH", m_path.c_str(), 1); }
  void make(const std::string& name, const std::string& script) {
    const auto path = m_folder.path() / name;
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  static const Engine* find(const std::vector<Engine>& engines, const std::string& name) {
    for (const Engine& engine : engines)
      if (engine.name == name)
        return &engine;
    return nullptr;
  }

  std::string m_path = std::getenv("PATH");
  TempDir m_folder = TempDir::create("kif-engines-").value();
};

TEST_F(FakeEngines, EachIsAskedItself) {
  make("podman", "[ \"$1\" = --version ] && echo podman version 9.8.7");
  make("nerdctl", "exit 3");
  const auto engines = find_engines();
  const Engine* podman = find(engines, "podman");
  ASSERT_NE(podman, nullptr);
  EXPECT_EQ(podman->version.value_or("unknown"), "9.8.7");
  EXPECT_EQ(podman->path, (m_folder.path() / "podman").string());
  const Engine* nerdctl = find(engines, "nerdctl");
  ASSERT_NE(nerdctl, nullptr);
  ASSERT_FALSE(nerdctl->version);
  EXPECT_EQ(nerdctl->version.error().message, "--version ended with exit code 3");
}

TEST_F(FakeEngines, OneThatHangsOrFloodsIsLeft) {
  make("docker", "exec /bin/sleep 1000000");
  make("crun", "while :; do echo 1234567890123456789012345678901234567890; done");
  const auto engines = find_engines();
  ASSERT_NE(find(engines, "docker"), nullptr);
  EXPECT_EQ(find(engines, "docker")->version.error().code, ErrorCode::timeout);
  ASSERT_NE(find(engines, "crun"), nullptr);
  EXPECT_EQ(find(engines, "crun")->version.error().code, ErrorCode::too_large);
}

} // namespace
} // namespace kif::host
