// SPDX-License-Identifier: Apache-2.0
#include "host/works.h"

#include <gtest/gtest.h>

#include "samples.h"

namespace kif::host {
namespace {

const Work& work(const Report& report, std::string_view id) {
  static const Work none{"none", "no such work", Support::unknown, ""};
  for (const Work& work : report.works)
    if (work.id == id)
      return work;
  return none;
}

TEST(Works, AllWorksOnAGoodMachine) {
  const Report report = good_machine();
  EXPECT_EQ(report.works.size(), 6U);
  for (const Work& work : report.works) {
    EXPECT_EQ(work.outcome, Support::works) << work.what;
    EXPECT_EQ(work.reason, "");
  }
  EXPECT_EQ(report.kernel_source, KernelSource::not_needed);
}

TEST(Works, WhatDoesNotSaysWhy) {
  for (const Work& work : poor_machine().works) {
    EXPECT_NE(work.outcome, Support::works) << work.what;
    EXPECT_NE(work.reason, "") << work.what;
  }
}

TEST(Works, AnEmulatorTakesTheClaim) {
  Report report = good_machine();
  report.timer.machine = {machine::Timer::emulated, "QEMU TCG", "…"};
  conclude(report);
  EXPECT_EQ(work(report, "openssl").outcome, Support::limited);
  EXPECT_EQ(work(report, "openssl").reason, "timer not from hardware: no entropy claim (QEMU TCG)");
  report.timer.machine = {machine::Timer::unknown, "", "no board is named"};
  conclude(report);
  EXPECT_EQ(work(report, "openssl").outcome, Support::limited);
}

TEST(Works, AFailedSourceIsNoReasonToTakeTheKernels) {
  Report report = good_machine();
  report.jitter = fail(ErrorCode::entropy, "jitterentropy's start-up test failed: stuck");
  conclude(report);
  EXPECT_EQ(work(report, "openssl").outcome, Support::fails);
  EXPECT_EQ(report.kernel_source, KernelSource::not_replaced);
  report.jitter = fail(ErrorCode::not_found, "no libjitterentropy.so.3");
  conclude(report);
  EXPECT_EQ(work(report, "openssl").outcome, Support::unknown);
  EXPECT_EQ(report.kernel_source, KernelSource::unknown);
}

TEST(Works, WithoutTheCatchAllStaticProgramsAskTheKernel) {
  Report report = good_machine();
  report.sandbox.user_notification = fail(ErrorCode::denied, "forbidden");
  conclude(report);
  EXPECT_EQ(report.kernel_source, KernelSource::static_programs);
  EXPECT_EQ(work(report, "catch-all").outcome, Support::limited);
  EXPECT_EQ(work(report, "catch-all").reason, "forbidden; static programs ask the kernel");
}

TEST(Works, RunsNeedRuncAndRootOrAUserNamespace) {
  Report report = good_machine();
  report.engines.pop_back();
  conclude(report);
  EXPECT_EQ(work(report, "run").reason, "no runc here");
  report = good_machine();
  report.is_root = false;
  conclude(report);
  EXPECT_EQ(work(report, "run").outcome, Support::works);
  report.sandbox.user_namespace = fail(ErrorCode::denied, "cannot make one: Operation not permitted");
  conclude(report);
  EXPECT_EQ(work(report, "run").outcome, Support::fails);
  report = good_machine();
  report.container->inside = true;
  conclude(report);
  EXPECT_EQ(work(report, "run").outcome, Support::unknown);
  report = good_machine();
  report.kernel.is_gvisor = true;
  conclude(report);
  EXPECT_EQ(work(report, "run").outcome, Support::fails);
}

TEST(Works, ATraceNeedsUserNotification) {
  Report report = good_machine();
  report.sandbox.seccomp_actions = std::vector<std::string>{"errno", "allow"};
  conclude(report);
  EXPECT_EQ(work(report, "trace").outcome, Support::fails);
  EXPECT_EQ(work(report, "run").outcome, Support::works);
  report = good_machine();
  report.has_payload = false;
  conclude(report);
  EXPECT_EQ(work(report, "trace").outcome, Support::limited);
  EXPECT_EQ(work(report, "trace").reason, "kif verify needs kif's own files, which are not beside it");
}

} // namespace
} // namespace kif::host
