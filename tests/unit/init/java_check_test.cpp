// SPDX-License-Identifier: Apache-2.0
#include "init/java_check.h"

#include <filesystem>

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
  EXPECT_TRUE(check_java(m_list).value().empty());
}

TEST_F(JavaCheckTest, EachRuntimeIsAsked) {
  const std::string one = runtime("one", "echo Picked up >&2; echo 'kif-java: ready: first'");
  const std::string two = runtime("two", "for last; do :; done; echo \"kif-java: ready: $last\"");
  put(m_list, one + "\n" + two + "\n");
  EXPECT_THAT(check_java(m_list).value(), ElementsAre("ready: first", "ready: kif.java.SelfCheck"));
}

TEST_F(JavaCheckTest, ARefusalIsHandedOn) {
  const std::string good = runtime("good", "echo 'kif-java: ready: first'");
  const std::string bad =
      runtime("bad", "echo Picked up >&2; echo 'kif-java: refused (java-native): why' >&2; exit 107");
  put(m_list, good + "\n" + bad + "\n");
  const auto checked = check_java(m_list);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().failure, Failure::java);
  EXPECT_EQ(checked.error().error.message, "cannot check " + bad + "/bin/java: refused (java-native): why");
}

TEST_F(JavaCheckTest, AnExitCodeAloneIsNoProof) {
  put(m_list, runtime("silent", "exit 0") + "\n");
  EXPECT_THAT(check_java(m_list).error().error.message, HasSubstr("exit code 0"));
  put(m_list, runtime("liar", "echo 'kif-java: ready: yes'; exit 1") + "\n");
  EXPECT_EQ(check_java(m_list).error().failure, Failure::java);
  put(m_list, runtime("broken", "echo 'Error: no such class' >&2; exit 1") + "\n");
  EXPECT_THAT(check_java(m_list).error().error.message, HasSubstr("exit code 1, Error: no such class"));
}

TEST_F(JavaCheckTest, ARuntimeWithoutALauncherIsSaidToBeUnchecked) {
  put(m_list, "/no/such/runtime\n");
  EXPECT_THAT(check_java(m_list).value(), ElementsAre("/no/such/runtime not checked: it has no bin/java"));
}

} // namespace
} // namespace kif::init
