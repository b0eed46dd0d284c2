// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include <sstream>

#include <gtest/gtest.h>

namespace kif::cli {
namespace {

class TerminalTest : public testing::Test {
protected:
  Terminal make(Terminal::Traits traits) { return {m_out, m_err, traits}; }
  std::ostringstream m_out;
  std::ostringstream m_err;
};

TEST_F(TerminalTest, APipeGetsNeitherColourNorProgress) {
  Terminal terminal = make({});
  terminal.progress("reading");
  terminal.warn("careful");
  terminal.show(Error(ErrorCode::io, "cannot read it"));
  terminal.print(terminal.styled(Style::good, "pass"));
  EXPECT_EQ(m_err.str(), "kif: warning: careful\nkif: error: cannot read it\n");
  EXPECT_EQ(m_out.str(), "pass");
}

TEST_F(TerminalTest, ATerminalGetsColour) {
  Terminal terminal = make({.colour_out = true, .colour_error = true});
  terminal.show(Error(ErrorCode::io, "cannot read it").with_hint("try again"));
  EXPECT_EQ(m_err.str(), "kif: \x1b[31merror:\x1b[0m cannot read it\n  hint: try again\n");
  EXPECT_EQ(terminal.styled(Style::bad, "fail"), "\x1b[31mfail\x1b[0m");
}

TEST_F(TerminalTest, AMessageOverwritesProgress) {
  Terminal terminal = make({.progress = true});
  terminal.progress("reading");
  terminal.warn("careful");
  EXPECT_EQ(m_err.str(), "\r\x1b[Kreading\r\x1b[Kkif: warning: careful\n");
}

} // namespace
} // namespace kif::cli
