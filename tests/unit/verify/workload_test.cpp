// SPDX-License-Identifier: Apache-2.0
#include "verify/workload.h"

#include <algorithm>
#include <csignal>

#include <gtest/gtest.h>

namespace kif::verify {
namespace {

Subject sample_subject() {
  Subject subject;
  subject.image = "oci:x:y";
  subject.entrypoint = {k_layer_init, "--", "/entry"};
  subject.command = {"serve"};
  subject.environment = {"A=1", "KIF_CATCH_ALL=on"};
  subject.working_directory = "/srv";
  return subject;
}

using Words = std::vector<std::string>;

TEST(WorkloadTest, ArgumentsAreTakenAsEnginesTakeThem) {
  const Subject subject = sample_subject();
  EXPECT_EQ(workload_of(subject, {})->arguments, (Words{k_layer_init, "--", "/entry", "serve"}));
  EXPECT_EQ(workload_of(subject, {.command = {"check"}})->arguments, (Words{k_layer_init, "--", "/entry", "check"}));
  EXPECT_EQ(workload_of(subject, {.entrypoint = "/other"})->arguments, (Words{"/other"}));
  EXPECT_EQ(workload_of(subject, {.command = {"x"}, .entrypoint = "/other"})->arguments, (Words{"/other", "x"}));
}

TEST(WorkloadTest, InitInFrontOfNothingIsNoProgram) {
  Subject subject = sample_subject();
  subject.entrypoint = {k_layer_init, "--"};
  subject.command = {};
  EXPECT_EQ(workload_of(subject, {})->arguments, Words{});
  EXPECT_EQ(workload_of(subject, {.command = {"check"}})->arguments, (Words{k_layer_init, "--", "check"}));
}

TEST(WorkloadTest, VariablesAndTheStopSignalAreTheImagesUnlessGiven) {
  Subject subject = sample_subject();
  subject.stop_signal = "SIGQUIT";
  const Workload workload = workload_of(subject, {.environment = {"A=2", "B=3"}}).value();
  EXPECT_EQ(workload.environment, (Words{"KIF_CATCH_ALL=on", "A=2", "B=3"}));
  EXPECT_EQ(workload.attendance.stop_signal, SIGQUIT);
  subject.stop_signal = "SIGNONE";
  EXPECT_EQ(workload_of(subject, {}).error().message,
            "cannot run the program of oci:x:y: its stop signal \"SIGNONE\" is none");
}

TEST(WorkloadTest, SignalsHaveNamesAndNumbers) {
  EXPECT_EQ(signal_number(""), SIGTERM);
  EXPECT_EQ(signal_number("QUIT"), SIGQUIT);
  EXPECT_EQ(signal_number("3"), 3);
  EXPECT_EQ(signal_number("SIGRTMIN+3"), SIGRTMIN + 3);
  EXPECT_EQ(signal_number("RTMAX-1"), SIGRTMAX - 1);
  for (const char* none : {"0", "-1", "999", "SIG", "SIGRTMIN-1", "RTMIN+", "TERM "})
    EXPECT_FALSE(signal_number(none)) << none;
}

TEST(WorkloadTest, TheCatchAllHasARunOfItsOwnWhereItMayBe) {
  Workload workload = workload_of(sample_subject(), {}).value();
  EXPECT_EQ(workload_modes(workload, true),
            (std::vector{WorkloadMode::trace, WorkloadMode::deny_enosys, WorkloadMode::deny_eperm,
                         WorkloadMode::unanswered, WorkloadMode::control}));
  set_variable(workload.environment, "KIF_CATCH_ALL=off");
  EXPECT_EQ(workload_modes(workload, false),
            (std::vector{WorkloadMode::trace, WorkloadMode::deny_enosys, WorkloadMode::deny_eperm}));
  workload.arguments = {};
  EXPECT_TRUE(workload_modes(workload, true).empty());
}

TEST(WorkloadTest, AnOrderedCatchAllIsOrderedOnlyWhereItHasItsPlace) {
  const Workload workload = workload_of(sample_subject(), {}).value();
  for (const WorkloadMode mode : workload_modes(workload, true)) {
    watch::Container container;
    container.environment = workload.environment;
    set_up_workload(workload, mode, container);
    const bool has_place = mode == WorkloadMode::unanswered;
    EXPECT_EQ(std::ranges::find(container.environment, "KIF_CATCH_ALL=on") != container.environment.end(), has_place);
    EXPECT_EQ(std::ranges::find(container.environment, "KIF_STATUS=json") != container.environment.end(), has_place);
    EXPECT_EQ(container.arguments.front(), mode == WorkloadMode::control ? "/entry" : k_layer_init);
    EXPECT_EQ(container.mode == watch::Mode::trace,
              mode == WorkloadMode::trace || mode == WorkloadMode::control);
    EXPECT_EQ(container.working_directory, "/srv");
  }
}

TEST(WorkloadTest, WhatTheProgramWritesIsNotTakenForKifInits) {
  const std::string head = R"({"schema":1,"program":"kif-init",)";
  const std::string on = head + R"("state":"ready","catch_all":{"state":"on"}})" + "\n";
  const std::string off = head + R"("state":"ready","catch_all":{"state":"off","reason":"x"}})" + "\n";
  EXPECT_TRUE(says_catch_all_is_on(on + "hello\n"));
  EXPECT_TRUE(says_catch_all_is_on(head + R"("state":"notice"})" + "\n" + on));
  EXPECT_FALSE(says_catch_all_is_on(off + on)) << "the second is the program's";
  EXPECT_FALSE(says_catch_all_is_on("hello\n" + on));
  EXPECT_FALSE(says_catch_all_is_on(head + R"("state":"refused"})" + "\n"));
  for (const char* broken : {"", "{}", "[]", R"({"program":1})", "{\"program\":\"kif-init\",\"state\":[]"})
    EXPECT_FALSE(says_catch_all_is_on(broken)) << broken;
}

} // namespace
} // namespace kif::verify
