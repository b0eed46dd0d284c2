// SPDX-License-Identifier: Apache-2.0
#include "broker/state.h"

#include <csignal>
#include <cstring>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace kif::broker {
namespace {

GeneratorReport report_with(std::uint64_t blocks, std::string_view state) {
  GeneratorReport report;
  report.numbers.blocks = blocks;
  report.numbers.permanent[0] = blocks;
  set_text(report.source_state, state);
  return report;
}

TEST(ReportPage, WhatAChildWroteIsReadWhileItRunsAndAfterItHasEnded) {
  ReportPage page;
  EXPECT_EQ(page.read().numbers, SourceNumbers{});
  const pid_t child = ::fork();
  if (child == 0) {
    page.write(report_with(7, "ready"));
    ::pause();
    ::_exit(0);
  }
  while (page.read().numbers.blocks == 0)
    std::this_thread::yield();
  EXPECT_EQ(text_of(page.read().source_state), "ready");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(page.read().numbers.permanent[0], 7U);
}

TEST(ReportPage, AReportIsOfOneMoment) {
  ReportPage page;
  const pid_t child = ::fork();
  if (child == 0)
    for (std::uint64_t i = 1;; ++i) {
      page.write(report_with(i, std::to_string(i)));
      // Else a slow reader, as under ThreadSanitizer, would hardly meet a moment in which nothing is written.
      constexpr timespec pause{0, 10'000};
      ::nanosleep(&pause, nullptr);
    }
  for (int i = 0; i < 20'000; ++i) {
    const GeneratorReport report = page.read();
    if (report.numbers.blocks == 0)
      continue;
    ASSERT_EQ(report.numbers.permanent[0], report.numbers.blocks);
    ASSERT_EQ(text_of(report.source_state), std::to_string(report.numbers.blocks));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  page.write(report_with(3, "again")); // the child was perhaps killed in the middle
  EXPECT_EQ(text_of(page.read().source_state), "again");
}

TEST(ReportPage, ATextThatDoesNotEndIsCut) {
  GeneratorReport report;
  report.module_version.fill('x');
  EXPECT_EQ(text_of(report.module_version).size(), report.module_version.size());
  set_text(report.module_version, std::string(100, 'y'));
  EXPECT_EQ(text_of(report.module_version), std::string(report.module_version.size() - 1, 'y'));
}

TEST(SourceNumbers, AddUp) {
  SourceNumbers sum;
  sum += report_with(3, "").numbers;
  sum += report_with(4, "").numbers;
  EXPECT_EQ(sum, report_with(7, "").numbers);
  // Each member is added: a number that is left out stays what it was.
  SourceNumbers ones;
  std::memset(static_cast<void*>(&ones), 1, sizeof ones);
  SourceNumbers twos = ones;
  twos += ones;
  SourceNumbers expected;
  std::memset(static_cast<void*>(&expected), 2, sizeof expected);
  EXPECT_EQ(twos, expected);
}

TEST(StateBoard, TheTimeIsThatOfTheChange) {
  StateBoard board;
  board.set(State::ready, {});
  StateReport first;
  board.describe(first);
  EXPECT_GT(first.since_unix_s, 0);
  board.set(State::failed, "why");
  board.set(State::failed, "why it still is");
  StateReport report;
  board.describe(report);
  EXPECT_EQ(report.state, State::failed);
  EXPECT_EQ(text_of(report.reason), "why it still is");
  EXPECT_GE(report.since_unix_s, first.since_unix_s);
}

/// A network name space of its own, where abstract names are free.
bool enter_own_network() {
  return ::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

TEST(StateSocket, NobodyThereIsNotFound) {
  if (!enter_own_network())
    GTEST_SKIP() << "a network namespace needs root or user namespaces";
  const auto state = ask_for_state(1000);
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, ErrorCode::not_found);
  const auto probed = probe_broker(1000);
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().code, ErrorCode::not_found);
}

TEST(StateSocket, WhoTakesTheNameAndNoConnectionsHoldsNobodyUp) {
  if (!enter_own_network())
    GTEST_SKIP() << "a network namespace needs root or user namespaces";
  auto stranger = name_state_socket();
  ASSERT_TRUE(stranger);
  ASSERT_EQ(::listen(stranger->get(), 0), 0);
  EXPECT_EQ(ask_for_state(10)->state, State::checking); // as many as it lets wait
  std::vector<Result<StateReport>> others;
  for (int i = 0; i < 3; ++i)
    others.push_back(ask_for_state(10));
  EXPECT_FALSE(others.back());
}

TEST(StateSocket, ItIsCheckingUntilSomebodyServesItAndWhoWaitsIsAnswered) {
  if (!enter_own_network())
    GTEST_SKIP() << "a network namespace needs root or user namespaces";
  auto socket = name_state_socket();
  ASSERT_TRUE(socket);
  const auto checking = ask_for_state(10);
  ASSERT_TRUE(checking);
  EXPECT_EQ(checking->state, State::checking);
  Result<StateReport> answered = fail(ErrorCode::internal, "not asked");
  std::thread waiting([&] { answered = ask_for_state(60'000); });
  std::thread([fd = socket->release()] {
    serve_state(fd, [] {
      StateReport report;
      report.state = State::degraded;
      report.counters.drawn_bytes = 5;
      set_text(report.reason, "a reason");
      return report;
    });
  }).detach();
  waiting.join();
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->state, State::degraded);
  EXPECT_EQ(answered->counters.drawn_bytes, 5U);
  EXPECT_EQ(text_of(answered->reason), "a reason");
}

} // namespace
} // namespace kif::broker
