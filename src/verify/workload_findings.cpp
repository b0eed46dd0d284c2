// SPDX-License-Identifier: Apache-2.0
#include "verify/workload_findings.h"

#include <algorithm>
#include <csignal>

#include "base/quote.h"
#include "verify/probe_output.h"

namespace kif::verify {
namespace {

constexpr std::size_t k_max_evidence_lines = 20;
constexpr std::size_t k_max_line = 200;

Finding deny_finding() {
  return {.id = "LIVE-WORKLOAD-DENY",
          .title = "the image's own program works while the kernel's randomness is refused"};
}
Finding trace_finding() {
  return {.id = "LIVE-WORKLOAD-TRACE", .title = "the image's own program takes no randomness from the kernel"};
}
Finding asked_finding() {
  return {.id = "LIVE-WORKLOAD-ASKED", .title = "the image's own program asks for randomness", .essential = false};
}

/// The last line that says something and is not kif-init's own.
std::string last_line(std::string_view text) {
  while (!text.empty()) {
    const std::size_t begin = text.rfind('\n') == std::string_view::npos ? 0 : text.rfind('\n') + 1;
    const std::string_view line = text.substr(begin);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos &&
        !line.starts_with(R"({"schema":1,"program":"kif-init")"))
      return in_one_line(line, k_max_line);
    text = text.substr(0, begin == 0 ? 0 : begin - 1);
  }
  return {};
}

std::string last_words(const watch::RunResult& result) {
  std::string line = last_line(result.err);
  if (line.empty())
    line = last_line(result.out);
  return line.empty() ? line : ": " + line;
}

/// The first client that did not do its work, or that was not begun since the program had ended.
std::string failed_exercise(const Workload& workload, const watch::Attended& attended) {
  for (const watch::ExerciseResult& exercise : attended.exercises)
    if (!exercise.passed())
      return in_quotes(exercise.command) + " " +
             (exercise.failure.empty() ? "ends with exit code " + std::to_string(exercise.exit_code)
                                       : exercise.failure) +
             (last_line(exercise.output).empty() ? "" : ": " + last_line(exercise.output));
  if (attended.exercises.size() < workload.attendance.exercises.size())
    return in_quotes(workload.attendance.exercises[attended.exercises.size()]) + " was not begun";
  return {};
}

std::string describe(const Workload& workload, const WorkloadRun& run) {
  if (!run.failure.empty())
    return run.failure;
  const watch::Attended& attended = run.result.attended;
  std::string text = run.ended_by_itself() ? "ended with exit code " + std::to_string(run.result.exit_code)
                                           : std::string("stayed up until it was stopped");
  if (workload.wants_ready())
    text += attended.ready ? ", was ready" : ", was never ready";
  if (!workload.attendance.exercises.empty() && failed_exercise(workload, attended).empty())
    text += ", and " + std::to_string(attended.exercises.size()) +
            (attended.exercises.size() == 1 ? " exercise passed" : " exercises passed");
  return text;
}

constexpr const char* k_killed =
    "it ended with exit code 137, as where the kernel ends what meets its bound on memory: --memory gives it more";

bool was_killed(const watch::RunResult& result) {
  return !result.attended.stayed_up() && result.exit_code == 128 + SIGKILL;
}

/// Which option may give the program what it lacks, by its last words: a guess for people.
std::string option_that_helps(const watch::RunResult& result) {
  if (was_killed(result))
    return k_killed;
  const std::string text = result.err + result.out;
  const auto says = [&text](const char* words) { return text.find(words) != std::string::npos; };
  if (says("_PASSWORD") || says("nvironment variable") || says("env var"))
    return "--env NAME=VALUE sets a variable that it asks for";
  if (says("sage:") || says("USAGE") || says("--help"))
    return "a command after -- tells it what to do";
  if (says("No such file") || says("not found") || says("no such file"))
    return "--bind SRC:DST gives it files, and a command after -- takes the place of the image's";
  if (says("ermission denied"))
    return "--user runs it as another user";
  return "-- COMMAND, --env, --bind, --stdin and --user give it what it needs";
}

/// Why the traced run is no measure for the others, or empty.
std::string defect_of_measure(const WorkloadResults& results, const WorkloadRun& measure) {
  if (!measure.failure.empty())
    return measure.failure;
  const watch::RunResult& result = measure.result;
  if (measure.ended_by_itself() && result.exit_code != 0)
    return "it ends with exit code " + std::to_string(result.exit_code) + " where nothing is refused, too" +
           last_words(result);
  if (results.workload.wants_ready() && !result.attended.ready)
    return "it is never ready where nothing is refused, either: --ready names a port or a line of its output" +
           last_words(result);
  if (const std::string failed = failed_exercise(results.workload, result.attended); !failed.empty())
    return "where nothing is refused, too: " + failed;
  return {};
}

struct Judgement {
  Outcome outcome;
  std::string evidence;
};

/// Of a run under denial, beside a traced one that is a good measure.
Judgement compare(const WorkloadResults& results, const WorkloadRun& measure, const WorkloadRun& run) {
  const std::string said = describe(results.workload, run);
  if (!run.failure.empty())
    return {Outcome::could_not_check, said};
  const std::string where = measure.ended_by_itself() ? "exit code 0" : "staying up";
  if (run.ended_by_itself() && run.result.exit_code != 0)
    return {Outcome::fail, said + ", instead of " + where + last_words(run.result)};
  if (results.workload.wants_ready() && !run.result.attended.ready)
    return {Outcome::fail, said + last_words(run.result)};
  if (const std::string failed = failed_exercise(results.workload, run.result.attended); !failed.empty())
    return {Outcome::fail, failed + last_words(run.result)};
  if (run.ended_by_itself() != measure.ended_by_itself()) // the time was too short, or it waits for ever
    return {Outcome::could_not_check, said + ", instead of " + where + "; --for gives it more time"};
  return {Outcome::pass, said};
}

Finding judge_denials(const WorkloadResults& results, const WorkloadRun& measure) {
  Finding finding = deny_finding();
  finding.outcome = Outcome::pass;
  // The errors of the other two come from outside and are stronger than any listener: what works by the catch-all alone
  // fails there, and must work here, where nobody but the catch-all gives it a byte.
  const bool has_catch_all = results.has_catch_all();
  bool needs_catch_all = false;
  for (const WorkloadRun& run : results.runs) {
    if (run.mode == WorkloadMode::trace || run.mode == WorkloadMode::control)
      continue;
    auto [outcome, evidence] = compare(results, measure, run);
    finding.evidence.push_back(std::string(to_string(run.mode)) + ": " + evidence);
    if (has_catch_all && run.mode != WorkloadMode::unanswered) {
      needs_catch_all = needs_catch_all || outcome != Outcome::pass;
      continue;
    }
    if (outcome == Outcome::fail || finding.outcome == Outcome::pass)
      finding.outcome = outcome;
  }
  finding.evidence.push_back("trace, where nothing is refused: " + describe(results.workload, measure));
  if (!measure.ended_by_itself() && results.workload.attendance.exercises.empty())
    finding.evidence.emplace_back("that it stays up is all that was seen: --ready and --exercise show it at work");
  if (needs_catch_all && finding.outcome == Outcome::pass)
    finding.evidence.emplace_back("it needs kif-init's catch-all, which ENOSYS and EPERM from outside overrule");
  return finding;
}

std::string defect_of_trace(const watch::Trace& trace) {
  if (!trace.failure.empty())
    return trace.failure;
  if (!trace.started)
    return "the program was not seen to start";
  if (trace.unread > 0)
    return std::to_string(trace.unread) + " calls could not be read";
  return trace.dropped > 0 ? std::to_string(trace.dropped) + " events over the bound" : std::string();
}

void add_calls(const std::vector<const CallSummary*>& calls, std::vector<std::string>& evidence) {
  for (const CallSummary* call : calls)
    if (evidence.size() < k_max_evidence_lines)
      evidence.push_back(call->describe());
  if (calls.size() > k_max_evidence_lines)
    evidence.push_back("and " + std::to_string(calls.size() - k_max_evidence_lines) + " more");
}

std::vector<const CallSummary*> select(const std::vector<CallSummary>& calls, bool answered) {
  std::vector<const CallSummary*> selected;
  for (const CallSummary& call : calls)
    if (call.is_security_use() && call.is_answered == answered)
      selected.push_back(&call);
  return selected;
}

Finding judge_trace(const WorkloadResults& results, const WorkloadRun& measure, const std::vector<CallSummary>& calls) {
  Finding finding = trace_finding();
  if (const auto taken = select(calls, false); !taken.empty()) {
    finding.outcome = Outcome::fail;
    add_calls(taken, finding.evidence);
    return finding;
  }
  std::vector<const CallSummary*> undecided;
  for (const CallSummary& call : calls)
    if (call.is_undecided && !call.is_answered)
      undecided.push_back(&call);
  if (!undecided.empty()) {
    add_calls(undecided, finding.evidence);
    return finding;
  }
  std::string defect = defect_of_measure(results, measure);
  if (defect.empty())
    defect = defect_of_trace(measure.result.trace);
  if (!defect.empty()) {
    finding.evidence.push_back("none was seen, but " + defect);
    return finding;
  }
  finding.outcome = Outcome::pass;
  const auto answered = select(calls, true);
  if (answered.empty()) {
    finding.evidence.emplace_back("none");
    return finding;
  }
  finding.evidence.emplace_back("none but what kif-init's catch-all answers where no trace is in its place:");
  add_calls(answered, finding.evidence);
  return finding;
}

Finding judge_asked(const WorkloadResults& results, const std::vector<CallSummary>& calls) {
  Finding finding = asked_finding();
  std::vector<CallSummary> asked;
  std::ranges::copy_if(calls, std::back_inserter(asked), &CallSummary::is_security_use);
  const WorkloadRun* control = results.find(WorkloadMode::control);
  if (asked.empty() && control != nullptr && control->failure.empty())
    for (const CallSummary& call : summarize("workload, control", control->result.trace.events))
      if (call.is_security_use())
        asked.push_back(call);
  std::vector<const CallSummary*> all;
  for (const CallSummary& call : asked)
    all.push_back(&call);
  if (!all.empty()) {
    finding.outcome = Outcome::pass;
    add_calls(all, finding.evidence);
    return finding;
  }
  finding.evidence.emplace_back(
      control == nullptr ? "it asked for nothing in this run: what it would get if it did was not seen"
                         : "it asked for nothing, with the stock configuration either: what it would get if it did was "
                           "not seen");
  if (control != nullptr && !control->failure.empty())
    finding.evidence.push_back("with the stock configuration: " + control->failure);
  else if (control != nullptr && control->ended_by_itself() && control->result.exit_code != 0)
    finding.evidence.push_back("with the stock configuration it ends with exit code " +
                               std::to_string(control->result.exit_code) + last_words(control->result));
  return finding;
}

/// The layer's own values, and what the probe was run with: about those the other findings speak.
bool is_known(const WorkloadResults& results, const std::string& entry) {
  return entry == std::string("OPENSSL_CONF=") + k_layer_config || entry == "OPENSSL_MODULES=/usr/lib/kif/modules" ||
         entry == "KIF_OPENSSL_CALLS=guarded" || entry == "KIF_OPENSSL_CALLS=" ||
         std::ranges::find(results.probed, entry) != results.probed.end();
}

Finding judge_configuration(const WorkloadResults& results, const WorkloadRun& measure) {
  Finding finding{.id = "LIVE-WORKLOAD-CONFIGURATION",
                  .title = "no program that it starts is led past the configuration that was probed"};
  std::size_t more = 0;
  for (const watch::ProgramStart& start : measure.result.trace.starts)
    for (const std::string& entry : start.variables)
      if (!is_known(results, entry)) {
        if (finding.evidence.size() < k_max_evidence_lines)
          finding.evidence.push_back(shortened(start.program, k_max_line) + " is started with " + entry +
                                     ": the probe was not run so");
        else
          ++more;
      }
  if (more > 0)
    finding.evidence.push_back("and " + std::to_string(more) + " more");
  if (!finding.evidence.empty())
    return finding;
  std::string defect = measure.failure.empty() ? defect_of_trace(measure.result.trace) : measure.failure;
  finding.outcome = defect.empty() ? Outcome::pass : Outcome::could_not_check;
  finding.evidence.push_back(defect.empty() ? "none" : std::move(defect));
  return finding;
}

} // namespace

std::vector<CallSummary> workload_calls(const WorkloadResults& results) {
  const WorkloadRun* measure = results.find(WorkloadMode::trace);
  if (measure == nullptr || !measure->failure.empty())
    return {};
  std::vector<CallSummary> calls = summarize("workload", measure->result.trace.events);
  // The filter is on all that kif-init starts, and never lets a call go on to the kernel.
  if (results.has_catch_all())
    for (CallSummary& call : calls)
      call.is_answered = call.source == watch::Source::getrandom && call.reason.empty();
  return calls;
}

std::vector<Finding> workload_findings(const WorkloadResults& results) {
  const WorkloadRun* measure = results.find(WorkloadMode::trace);
  if (measure == nullptr)
    return findings_without_workload("it was not run");
  const std::vector<CallSummary> calls = workload_calls(results);
  Finding deny = deny_finding();
  if (const std::string defect = defect_of_measure(results, *measure); !defect.empty()) {
    deny.evidence.push_back(defect);
    if (measure->failure.empty() && measure->ended_by_itself())
      deny.evidence.push_back(option_that_helps(measure->result));
  } else {
    deny = judge_denials(results, *measure);
  }
  std::vector<Finding> findings = {std::move(deny), judge_trace(results, *measure, calls), judge_asked(results, calls)};
  if (results.has_layer)
    findings.push_back(judge_configuration(results, *measure));
  return findings;
}

std::vector<Finding> findings_without_workload(const std::string& reason) {
  std::vector<Finding> findings = {deny_finding(), trace_finding(), asked_finding()};
  for (Finding& finding : findings) {
    finding.essential = false;
    finding.evidence = {reason};
  }
  return findings;
}

} // namespace kif::verify
