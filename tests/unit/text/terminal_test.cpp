// SPDX-License-Identifier: Apache-2.0
#include "text/terminal.h"

#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace kif::text {
namespace {

class TerminalTest : public testing::Test {
protected:
  static Page verdict() {
    Page page;
    page.line({own("pass", Mark::good)});
    return page;
  }
  Terminal make(Terminal::Traits traits) { return {m_out, m_err, traits}; }
  std::ostringstream m_out;
  std::ostringstream m_err;
};

TEST_F(TerminalTest, APipeGetsNeitherColourNorProgress) {
  Terminal terminal = make({});
  terminal.progress("reading");
  terminal.warn("careful");
  terminal.show(Error(ErrorCode::io, "cannot read it"));
  terminal.print(verdict());
  EXPECT_EQ(m_err.str(), "kif: warning: careful\nkif: error: cannot read it\n");
  EXPECT_EQ(m_out.str(), "pass\n");
}

TEST_F(TerminalTest, ATerminalGetsColour) {
  Terminal terminal = make({.colour_out = true, .colour_error = true});
  terminal.show(Error(ErrorCode::io, "cannot read it").with_hint("try again"));
  EXPECT_EQ(m_err.str(), "kif: \x1b[31merror:\x1b[0m cannot read it\n  hint: try again\n");
  terminal.print(verdict());
  EXPECT_EQ(m_out.str(), "\x1b[32mpass\x1b[0m\n");
}

TEST_F(TerminalTest, AMessageOverwritesProgress) {
  Terminal terminal = make({.progress = true});
  terminal.progress("reading");
  terminal.warn("careful");
  EXPECT_EQ(m_err.str(), "\r\x1b[Kreading\r\x1b[Kkif: warning: careful\n");
}

TEST_F(TerminalTest, NothingFromOutsideSteersIt) {
  const std::string steering = "a\x1b[2J\n\u009B\u202E\xff";
  Terminal terminal = make({.progress = true});
  terminal.warn(steering);
  terminal.show(Error(ErrorCode::io, steering).with_mismatch(steering, steering).with_hint(steering));
  terminal.print(nlohmann::ordered_json({{"a", steering}}));
  std::string said = m_err.str() + m_out.str();
  std::erase(said, '\n');
  EXPECT_TRUE(is_plain(said)) << said;
  terminal.progress(steering);
  EXPECT_TRUE(m_err.str().ends_with("\r\x1b[Ka\\x1b[2J\\x0a\\xc2\\x9b\\xe2\\x80\\xae\\xff"));
}

TEST_F(TerminalTest, ProgressIsCutBetweenCharacters) {
  Terminal terminal = make({.progress = true});
  std::string dashes;
  for (int i = 0; i < 100; ++i)
    dashes += "–";
  terminal.progress(dashes);
  EXPECT_EQ(m_err.str(), "\r\x1b[K" + dashes.substr(0, 78 * std::string("–").size()));
}

TEST_F(TerminalTest, BytesOfAContainerArePassedOnAsTheyAre) {
  Terminal terminal = make({});
  terminal.pass_on("\x1b[1m\xff\n");
  EXPECT_EQ(m_err.str(), "\x1b[1m\xff\n");
}

} // namespace
} // namespace kif::text
