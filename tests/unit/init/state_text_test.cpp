// SPDX-License-Identifier: Apache-2.0
#include "init/state_text.h"

#include <set>

#include <gtest/gtest.h>

namespace kif::init {
namespace {

using broker::set_text;
using broker::State;

TEST(StateText, OnlyReadyIsZeroAndEachStateHasItsCode) {
  std::set<int> codes = {k_no_broker, k_no_answer};
  for (const State state : broker::k_states) {
    EXPECT_EQ(exit_code(state) == 0, state == State::ready);
    codes.insert(exit_code(state));
  }
  EXPECT_EQ(codes.size(), broker::k_states.size() + 2);
}

TEST(StateText, AChangeIsOneLine) {
  EXPECT_EQ(render_change(State::ready, State::degraded, "a reason", StatusFormat::text),
            "kif-init: degraded: a reason\n");
  EXPECT_EQ(render_change(State::ready, State::degraded, "a reason", StatusFormat::quiet),
            "kif-init: degraded: a reason\n")
      << "quiet is for what is well";
  EXPECT_EQ(render_change(State::degraded, State::failed, "a \"reason\"\n", StatusFormat::json),
            "{\"schema\":1,\"program\":\"kif-init\",\"state\":\"failed\",\"previous\":\"degraded\","
            "\"reason\":\"a \\\"reason\\\"\\u000a\"}\n");
}

TEST(StateText, WhatIsCheckingHasNoNumbersYet) {
  broker::StateReport report;
  set_text(report.reason, "the checks of the start run");
  EXPECT_EQ(
      render(report, OutputFormat::json, "1"),
      "{\"schema\":1,\"program\":\"kif-init\",\"state\":\"checking\",\"reason\":\"the checks of the start run\"}\n");
  EXPECT_EQ(render(report, OutputFormat::prometheus, "1"),
            "# HELP kif_state 1 for the state that the random service is in.\n# TYPE kif_state gauge\n"
            "kif_state{state=\"checking\"} 1\nkif_state{state=\"ready\"} 0\nkif_state{state=\"degraded\"} 0\n"
            "kif_state{state=\"failed\"} 0\n");
}

TEST(StateText, ALabelIsEscaped) {
  broker::StateReport report;
  report.state = State::ready;
  set_text(report.generator.module_name, "a \"b\" \\ \n c");
  EXPECT_NE(render(report, OutputFormat::prometheus, "1").find("module=\"a \\\"b\\\" \\\\ \\\\x0a c\""),
            std::string::npos);
}

} // namespace
} // namespace kif::init
