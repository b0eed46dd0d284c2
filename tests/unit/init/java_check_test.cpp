// SPDX-License-Identifier: Apache-2.0
#include "init/java_check.h"

#include <csignal>
#include <filesystem>
#include <thread>

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace kif::init {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class JavaCheckTest : public testing::Test {
protected:
  TempDir m_dir = TempDir::create("kif-java-check-test-").value();
  std::string m_list = (m_dir.path() / "runtimes").string();

  void put(const std::filesystem::path& path, const std::string& content) {
    std::filesystem::create_directories(path.parent_path());
    auto file = AtomicFile::create(path).value();
    ASSERT_TRUE(file.write(content));
    ASSERT_TRUE(file.commit());
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }

  /// A runtime whose launcher is this script; gives its folder.
  std::string runtime(const std::string& name, const std::string& script) {
    const auto home = m_dir.path() / name;
    put(home / "bin/java", "#!/bin/sh\n" + script);
    return home.string();
  }
};

TEST_F(JavaCheckTest, AnImageWithoutJavaHasNothingToCheck) {
  EXPECT_TRUE(JavaChecks(m_list).finish().value().empty());
}

TEST_F(JavaCheckTest, EachRuntimeIsAsked) {
  const std::string one = runtime("one", "echo Picked up >&2; echo 'kif-java: ready: first'");
  const std::string two = runtime("two", "for last; do :; done; echo \"kif-java: ready: $last\"");
  put(m_list, one + "\n" + two + "\n");
  EXPECT_THAT(JavaChecks(m_list).finish().value(), ElementsAre("ready: first", "ready: kif.java.SelfCheck"));
}

TEST_F(JavaCheckTest, RuntimesAreAskedBesideEachOtherAndInTheirOrder) {
  if (std::thread::hardware_concurrency() < 2)
    GTEST_SKIP() << "this machine has one processor";
  // The first says what the second left: it ends once that has started.
  const std::string flag = (m_dir.path() / "flag").string();
  std::string list = runtime("one", "until [ -e " + flag + " ]; do sleep 0.01; done; echo 'kif-java: ready: first'") +
                     "\n" + runtime("two", ": >" + flag + "; echo 'kif-java: ready: second'") + "\n";
  std::vector<std::string> lines = {"ready: first", "ready: second"};
  for (int i = 0; i < 20; ++i) {
    list += runtime("more-" + std::to_string(i), "echo 'kif-java: ready: more'") + "\n";
    lines.emplace_back("ready: more");
  }
  put(m_list, list);
  EXPECT_EQ(JavaChecks(m_list).finish().value(), lines);
}

TEST_F(JavaCheckTest, WhoStopsEarlyLeavesNone) {
  const std::string flag = (m_dir.path() / "flag").string();
  put(m_list, runtime("slow", "echo $$ >" + flag + ".new; mv " + flag + ".new " + flag + "; exec sleep 600") + "\n");
  pid_t process = 0;
  {
    const JavaChecks checks(m_list);
    while (!std::filesystem::exists(flag)) // until it runs
      ::usleep(1000);
    process = std::stoi(read_file(flag, 100).value());
    EXPECT_EQ(::kill(process, 0), 0);
  }
  EXPECT_NE(::kill(process, 0), 0);
}

TEST_F(JavaCheckTest, ARefusalIsHandedOn) {
  const std::string good = runtime("good", "echo 'kif-java: ready: first'");
  const std::string bad =
      runtime("bad", "echo Picked up >&2; echo 'kif-java: refused (java-native): why' >&2; exit 107");
  put(m_list, good + "\n" + bad + "\n");
  const auto checked = JavaChecks(m_list).finish();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().failure, Failure::java);
  EXPECT_EQ(checked.error().error.message, "cannot check " + bad + "/bin/java: refused (java-native): why");
}

TEST_F(JavaCheckTest, AnExitCodeAloneIsNoProof) {
  put(m_list, runtime("silent", "exit 0") + "\n");
  EXPECT_THAT(JavaChecks(m_list).finish().error().error.message, HasSubstr("exit code 0"));
  put(m_list, runtime("liar", "echo 'kif-java: ready: yes'; exit 1") + "\n");
  EXPECT_EQ(JavaChecks(m_list).finish().error().failure, Failure::java);
  put(m_list, runtime("broken", "echo 'Error: no such class' >&2; exit 1") + "\n");
  EXPECT_THAT(JavaChecks(m_list).finish().error().error.message, HasSubstr("exit code 1, Error: no such class"));
}

TEST_F(JavaCheckTest, ARuntimeWithoutALauncherIsSaidToBeUnchecked) {
  put(m_list, "/no/such/runtime\n");
  EXPECT_THAT(JavaChecks(m_list).finish().value(), ElementsAre("/no/such/runtime not checked: it has no bin/java"));
}

} // namespace
} // namespace kif::init
