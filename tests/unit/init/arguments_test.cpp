// SPDX-License-Identifier: Apache-2.0
#include "init/arguments.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace kif::init {
namespace {

using testing::ElementsAre;

/// Words as main() gets them, kept alive as long as the result is looked at.
struct Words {
  explicit Words(std::vector<std::string> list) : texts(std::move(list)) {
    for (std::string& text : texts)
      pointers.push_back(text.data());
  }
  std::vector<std::string> texts;
  std::vector<char*> pointers;
  Result<Arguments> parse() { return parse_arguments(pointers); }
};

std::vector<std::string> command_of(const Arguments& arguments) {
  return {arguments.command.begin(), arguments.command.end()};
}

TEST(Arguments, TheCommandBeginsAtTheFirstWordOrBehindTwoDashes) {
  Words plain({"app", "--check", "-x"});
  EXPECT_THAT(command_of(plain.parse().value()), ElementsAre("app", "--check", "-x"));
  Words dashes({"--", "--version", "--"});
  EXPECT_THAT(command_of(dashes.parse().value()), ElementsAre("--version", "--"));
  Words minus({"-", "x"});
  EXPECT_THAT(command_of(minus.parse().value()), ElementsAre("-", "x"));
  Words empty({""});
  EXPECT_THAT(command_of(empty.parse().value()), ElementsAre(""));
}

TEST(Arguments, TheCommandIsTheTailOfArgvItself) {
  Words words({"--", "app", "one"});
  EXPECT_EQ(words.parse().value().command.data(), words.pointers.data() + 1);
}

TEST(Arguments, OptionsAreActions) {
  EXPECT_EQ(Words({"--check"}).parse().value().action, Action::check);
  EXPECT_EQ(Words({"--check", "--"}).parse().value().action, Action::check);
  EXPECT_EQ(Words({"--help"}).parse().value().action, Action::help);
  EXPECT_EQ(Words({"--version"}).parse().value().action, Action::version);
  EXPECT_EQ(Words({"app"}).parse().value().action, Action::run);
}

TEST(Arguments, EachMistakeHasItsSentence) {
  const auto message = [](std::vector<std::string> list) { return Words(std::move(list)).parse().error().message; };
  EXPECT_EQ(message({}), "cannot run the application: no command is given");
  EXPECT_EQ(message({"--"}), "cannot run the application: no command is given");
  EXPECT_EQ(message({"--chek", "app"}), "cannot read the command line: unknown option --chek");
  EXPECT_EQ(message({"-h"}), "cannot read the command line: unknown option -h");
  EXPECT_EQ(message({"--check", "app"}), "cannot read the command line: --check takes no command");
}

} // namespace
} // namespace kif::init
