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
  EXPECT_EQ(Words({"--health"}).parse().value().action, Action::health);
}

TEST(Arguments, TheStatusHasAFormat) {
  EXPECT_EQ(Words({"--status"}).parse().value().output, OutputFormat::json);
  EXPECT_EQ(Words({"--status", "--format", "prometheus"}).parse().value().output, OutputFormat::prometheus);
  EXPECT_EQ(Words({"--format=prometheus", "--status"}).parse().value().output, OutputFormat::prometheus);
  for (const auto& wrong : {"--format=xml", "--format=", "--format"}) {
    const auto parsed = Words({"--status", wrong}).parse();
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().message, "cannot read the command line: unknown format");
    EXPECT_EQ(parsed.error().expected, "json or prometheus");
  }
}

TEST(Arguments, ToWaitIsForQuestions) {
  EXPECT_EQ(Words({"--status"}).parse().value().wait_s, std::nullopt);
  EXPECT_EQ(Words({"--status", "--wait"}).parse().value().wait_s, 60);
  EXPECT_EQ(Words({"--wait=5", "--health"}).parse().value().wait_s, 5);
  EXPECT_EQ(Words({"--wait=0", "--health"}).parse().value().wait_s, 0);
  for (const char* bad : {"--wait=", "--wait=-1", "--wait=5s", "--wait=3601"})
    EXPECT_EQ(Words({"--status", bad}).parse().error().message, "cannot read the command line: --wait takes seconds")
        << bad;
  EXPECT_EQ(Words({"--check", "--wait"}).parse().error().message,
            "cannot read the command line: --wait belongs to --status and --health");
}

TEST(Arguments, EachMistakeHasItsSentence) {
  const auto message = [](std::vector<std::string> list) { return Words(std::move(list)).parse().error().message; };
  EXPECT_EQ(message({}), "cannot run the application: no command is given");
  EXPECT_EQ(message({"--"}), "cannot run the application: no command is given");
  EXPECT_EQ(message({"--chek", "app"}), "cannot read the command line: unknown option --chek");
  EXPECT_EQ(message({"-h"}), "cannot read the command line: unknown option -h");
  EXPECT_EQ(message({"--check", "app"}), "cannot read the command line: --check takes no command");
  EXPECT_EQ(message({"--health", "app"}), "cannot read the command line: --health takes no command");
  EXPECT_EQ(message({"--health", "--format=json"}), "cannot read the command line: --format belongs to --status");
  EXPECT_EQ(message({"--format", "json", "app"}), "cannot read the command line: --format belongs to --status");
}

} // namespace
} // namespace kif::init
