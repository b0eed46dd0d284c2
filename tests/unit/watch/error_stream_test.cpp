// SPDX-License-Identifier: Apache-2.0
#include "watch/error_stream.h"

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"

namespace kif::watch {
namespace {

class ErrorStreamTest : public testing::Test {
protected:
  ~ErrorStreamTest() override { std::filesystem::remove_all(m_folder); }
  void log(std::string_view level, std::string_view message) {
    std::ofstream(m_log, std::ios::app) << nlohmann::json{{"level", level}, {"msg", message}}.dump() << "\n";
  }

  std::filesystem::path m_folder = [] {
    std::string name = (std::filesystem::temp_directory_path() / "kif-error-stream-XXXXXX").string();
    return std::filesystem::path(::mkdtemp(name.data()));
  }();
  std::filesystem::path m_log = m_folder / "log";
  std::string m_passed_on;
  ErrorStream m_stream{m_log, [this](std::string_view bytes) { m_passed_on += bytes; }};
};

TEST_F(ErrorStreamTest, WhatTheProgramWritesGoesOnAtOnceAndAsItIs) {
  m_stream.take("a\x1b[31m\xff");
  EXPECT_EQ(m_passed_on, "a\x1b[31m\xff");
  log("warning", "nothing to hold back for");
  m_stream.take("b");
  EXPECT_EQ(m_passed_on, "a\x1b[31m\xff"
                         "b");
  EXPECT_EQ(m_stream.end(), std::nullopt);
}

TEST_F(ErrorStreamTest, TheRuntimesSentenceIsTakenOffTheEnd) {
  m_stream.take("first\n");
  log("error", "runc run failed: no \x1b[31m\nprogram");
  m_stream.take("last\nrunc run ");
  m_stream.take("failed: no \x1b[31m\nprogram\n");
  EXPECT_EQ(m_passed_on, "first\n");
  EXPECT_EQ(m_stream.end(), "runc run failed: no \x1b[31m\nprogram");
  EXPECT_EQ(m_passed_on, "first\nlast\n");
}

TEST_F(ErrorStreamTest, ASentenceThatIsNotInTheLogIsTheProgramsOwn) {
  m_stream.take("runc run failed: a joke\n");
  log("error", "runc run failed: another");
  m_stream.take("runc run failed: a joke\n");
  EXPECT_EQ(m_stream.end(), "runc run failed: another");
  EXPECT_EQ(m_passed_on, "runc run failed: a joke\nrunc run failed: a joke\n");
}

TEST_F(ErrorStreamTest, ALogThatCannotBeReadSaysNothing) {
  EXPECT_EQ(runtime_failure(m_log), std::nullopt);
  std::ofstream(m_log) << "no json\n[]\n{\"level\":1}\n\n";
  m_stream.take("x");
  EXPECT_EQ(m_passed_on, "x");
  EXPECT_EQ(m_stream.end(), std::nullopt);
}

} // namespace
} // namespace kif::watch
