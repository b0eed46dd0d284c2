// SPDX-License-Identifier: Apache-2.0
#include "init/voice.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

namespace kif::init {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// In a child: that a process speaks for its container is not taken back.
void say_in_child(bool speaks, std::string_view text, const std::filesystem::path& log) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (speaks)
      speak_for_the_container();
    ::close(STDERR_FILENO);
    say_last_words(text, log.c_str());
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
}

class TerminationLog : public testing::Test {
protected:
  TempDir m_dir = TempDir::create("kif-voice-test-").value();
  std::filesystem::path m_log = m_dir.path() / "termination-log";
};

TEST_F(TerminationLog, LastWordsAreWrittenThere) {
  std::ofstream(m_log) << "before\n";
  say_in_child(true, "why\n", m_log);
  EXPECT_EQ(text_of(m_log), "before\nwhy\n");
}

TEST_F(TerminationLog, AProbeLeavesItAlone) {
  { std::ofstream made(m_log); }
  say_in_child(false, "why\n", m_log);
  EXPECT_EQ(text_of(m_log), "");
}

TEST_F(TerminationLog, ItIsNotMadeAndNothingButAFileIsWrittenTo) {
  say_in_child(true, "why\n", m_log);
  EXPECT_FALSE(std::filesystem::exists(m_log));
  const auto other = m_dir.path() / "other";
  { std::ofstream made(other); }
  std::filesystem::create_symlink(other, m_log);
  say_in_child(true, "why\n", m_log);
  EXPECT_EQ(text_of(other), "");
  std::filesystem::remove(m_log);
  ASSERT_EQ(::mkfifo(m_log.c_str(), 0600), 0); // nobody reads: it must not wait for one
  say_in_child(true, "why\n", m_log);
}

TEST_F(TerminationLog, ItTakesNoMoreThanAKubeletReads) {
  { std::ofstream made(m_log); }
  say_in_child(true, std::string(10000, 'x'), m_log);
  EXPECT_EQ(text_of(m_log).size(), 4096U);
}

} // namespace
} // namespace kif::init
