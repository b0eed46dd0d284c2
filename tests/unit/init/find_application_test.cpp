// SPDX-License-Identifier: Apache-2.0
#include "init/find_application.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/file.h"

namespace kif::init {
namespace {

class FindApplication : public testing::Test {
protected:
  void make(const std::string& children, const std::map<int, std::string>& names) {
    std::filesystem::create_directories(m_dir.path() / "1/task/1");
    std::ofstream(m_dir.path() / "1/task/1/children") << children;
    for (const auto& [process, name] : names) {
      std::filesystem::create_directories(m_dir.path() / std::to_string(process));
      std::ofstream(m_dir.path() / std::to_string(process) / "comm") << name << "\n";
    }
  }
  Result<pid_t> find() const { return find_application(m_dir.path().string()); }

  TempDir m_dir = TempDir::create("kif-find-application-test-").value();
};

TEST_F(FindApplication, ItIsTheFirstChildThatIsNotKifInits) {
  make("2 9 12 ", {{1, "kif-init"}, {2, "kif-init-drbg"}, {9, "cron"}, {12, "sleep"}});
  EXPECT_EQ(find().value(), 9);
}

TEST_F(FindApplication, AChildThatIsGoneIsPassedOver) {
  make("2 3 9 ", {{1, "kif-init"}, {2, "kif-init-drbg"}, {9, "cron"}});
  EXPECT_EQ(find().value(), 9);
}

TEST_F(FindApplication, WhileTheChecksRunThereIsNone) {
  make("2 ", {{1, "kif-init"}, {2, "kif-init"}});
  EXPECT_EQ(find().error().message, "cannot find the application: kif-init runs none yet");
}

TEST_F(FindApplication, WithoutKifInitItIsProcessOne) {
  make("2 ", {{1, "s6-svscan"}, {2, "kif-init"}});
  EXPECT_EQ(find().value(), 1);
}

} // namespace
} // namespace kif::init
