// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <gtest/gtest.h>

namespace kif {
namespace {

TEST(ProcessTest, OutputErrorAndExitCodeAreCollected) {
  const auto output = run({.argv = {"sh", "-c", "echo out; echo err >&2; exit 7"}}).value();
  EXPECT_EQ(output.exit_code, 7);
  EXPECT_EQ(output.out, "out\n");
  EXPECT_EQ(output.err, "err\n");
}

TEST(ProcessTest, InputIsFedEvenWhenItIsLargerThanAPipe) {
  const std::string input(1 << 20, 'x');
  const auto output = run({.argv = {"cat"}, .standard_input = input}).value();
  EXPECT_EQ(output.out, input);
}

TEST(ProcessTest, AChildThatDoesNotReadItsInputIsNoFault) {
  EXPECT_EQ(run({.argv = {"true"}, .standard_input = std::string(1 << 20, 'x')}).value().exit_code, 0);
}

TEST(ProcessTest, ASignalIs128AndItsNumber) {
  EXPECT_EQ(run({.argv = {"sh", "-c", "kill -9 $$"}}).value().exit_code, 137);
}

TEST(ProcessTest, TooMuchOutputAndTooMuchTimeEndTheChild) {
  EXPECT_EQ(run({.argv = {"yes"}, .max_output_bytes = 1000}).error().code, ErrorCode::too_large);
  EXPECT_EQ(run({.argv = {"sleep", "60"}, .timeout = std::chrono::milliseconds(50)}).error().code, ErrorCode::timeout);
  EXPECT_EQ(run({.argv = {"sh", "-c", "exec >&- 2>&-; sleep 60"}, .timeout = std::chrono::milliseconds(50)}).error().code,
            ErrorCode::timeout)
      << "it has closed its outputs and goes on";
}

TEST(ProcessTest, AMissingProgramIsNamed) {
  const auto output = run({.argv = {"no-such-program-here"}});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, ErrorCode::not_found);
  EXPECT_EQ(output.error().message, "cannot run no-such-program-here: no such program in PATH");
}

TEST(ProcessTest, EnvironmentAndFolderAreTheChildsOwn) {
  const auto output = run({.argv = {"sh", "-c", "echo $A; pwd"}, .environment = {{"A=b"}}, .working_directory = "/"}).value();
  EXPECT_EQ(output.out, "b\n/\n");
}

} // namespace
} // namespace kif
