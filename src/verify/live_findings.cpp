// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <utility>

#include "verify/apart_starts.h"
#include "verify/java_probe.h"
#include "verify/live_results.h"
#include "verify/probe_findings.h"
#include "verify/runs_differ.h"

namespace kif::verify {
namespace {

constexpr std::size_t k_max_evidence_lines = 20;

std::string incompleteness_of(const watch::Trace& trace) {
  if (!trace.failure.empty())
    return trace.failure;
  if (!trace.started)
    return "the container's program was not seen to start";
  if (trace.unread > 0)
    return std::to_string(trace.unread) + " calls could not be read";
  if (trace.dropped > 0)
    return std::to_string(trace.dropped) + " events over the bound";
  return {};
}

/// Every traced container with its name.
template <class Visit> void for_each_trace(const LiveResults& results, Visit visit) {
  if (const ProbeRun& probe = of(results.probe, ProbeMode::trace); probe.failure.empty())
    visit(std::string("probe"), probe.result.trace);
  for (const OpensslJobResult& job : results.openssl_jobs)
    for (const auto& [name, trace] : of(job.runs, ProbeMode::trace).traces)
      visit(name, trace);
}

Finding trace_run_finding(const LiveResults& results) {
  Finding finding{
      .id = "LIVE-TRACE-RUN", .title = "every traced run was seen from its start to its end", .outcome = Outcome::pass};
  std::uint64_t calls = 0;
  std::size_t runs = 0;
  if (std::string defect = incompleteness(of(results.probe, ProbeMode::trace)); !defect.empty())
    finding.evidence.push_back("probe: " + defect);
  for_each_trace(results, [&](const std::string& name, const watch::Trace& trace) {
    ++runs;
    calls += trace.notifications;
    if (std::string defect = incompleteness_of(trace); !defect.empty())
      finding.evidence.push_back(name + ": " + defect);
  });
  if (!finding.evidence.empty())
    finding.outcome = Outcome::could_not_check;
  finding.evidence.push_back(std::to_string(runs) + " runs, " + std::to_string(calls) + " calls looked at");
  return finding;
}

Finding silence_finding(std::string id, std::string title, const std::vector<CallSummary>& calls, bool complete,
                        bool (*belongs)(const CallSummary&)) {
  Finding finding{
      .id = std::move(id), .title = std::move(title), .outcome = complete ? Outcome::pass : Outcome::could_not_check};
  std::uint64_t more = 0;
  for (const CallSummary& call : calls) {
    if (!belongs(call))
      continue;
    if (!call.is_undecided)
      finding.outcome = Outcome::fail;
    else if (finding.outcome == Outcome::pass)
      finding.outcome = Outcome::could_not_check;
    if (finding.evidence.size() < k_max_evidence_lines)
      finding.evidence.push_back(call.run + ": " + call.describe());
    else
      ++more;
  }
  if (more > 0)
    finding.evidence.push_back("and " + std::to_string(more) + " more");
  if (finding.evidence.empty())
    finding.evidence.emplace_back(complete ? "none" : "none was seen, but the trace is not complete");
  return finding;
}

const PerMode<ProbeRun>& control_of(const LiveResults& results) {
  return results.control_is_image ? results.probe : results.control;
}

std::string without_control(const LiveResults& results) {
  return results.control_is_image ? std::string() : results.control_defect;
}

// The control must fail for want of randomness: its generator, and not only something that comes after it.
Finding control_deny_finding(const LiveResults& results) {
  Finding finding{.id = "LIVE-CONTROL-DENY",
                  .title = results.control_is_image
                               ? "the image as it is, kernel-seeded, fails under denial, as it must"
                               : "the same module kernel-seeded, without kif, fails under denial, as it must",
                  .outcome = Outcome::pass};
  if (std::string defect = without_control(results); !defect.empty()) {
    finding.outcome = Outcome::could_not_check;
    finding.evidence = {std::move(defect)};
    return finding;
  }
  for (const ProbeMode mode : {ProbeMode::deny_enosys, ProbeMode::deny_eperm}) {
    const ProbeRun& run = of(control_of(results), mode);
    const std::string prefix = std::string(to_string(mode)) + ": ";
    if (std::string defect = incompleteness(run); !defect.empty()) {
      finding.outcome = Outcome::could_not_check;
      finding.evidence.push_back(prefix + defect);
      continue;
    }
    for (const char* name : {"rand-bytes", "rand-priv-bytes"}) {
      const ProbeStep* step = run.output.find(name);
      const bool failed = step != nullptr && step->outcome == Outcome::fail;
      if (!failed)
        finding.outcome = Outcome::could_not_check;
      finding.evidence.push_back(prefix + name + (failed ? " fails: " : " does not fail: ") +
                                 (step != nullptr ? step->evidence : "not reached"));
    }
  }
  return finding;
}

// And it must work where nothing is refused, and be seen to seed from the kernel: else its failure, and the silence of
// the hardened image's trace, have another cause.
Finding control_trace_finding(const LiveResults& results) {
  Finding finding{.id = "LIVE-CONTROL-TRACE",
                  .title = "the trace sees the kernel-seeded configuration draw its seeds",
                  .outcome = Outcome::could_not_check};
  if (std::string defect = without_control(results); !defect.empty()) {
    finding.evidence = {std::move(defect)};
    return finding;
  }
  const ProbeRun& run = of(control_of(results), ProbeMode::trace);
  if (std::string defect = incompleteness(run); !defect.empty()) {
    finding.evidence = {std::move(defect)};
    return finding;
  }
  const ProbeStep* draw = run.output.find("rand-bytes");
  if (draw == nullptr || draw->outcome != Outcome::pass) {
    finding.evidence = {"rand-bytes does not pass though nothing is refused: " +
                        (draw != nullptr ? draw->evidence : "not reached")};
    return finding;
  }
  for (const CallSummary& call : summarize("control", run.result.trace.events))
    if (call.is_security_use() && finding.evidence.size() < k_max_evidence_lines)
      finding.evidence.push_back(call.describe());
  if (finding.evidence.empty())
    finding.evidence = {"no call was seen"};
  else
    finding.outcome = Outcome::pass;
  return finding;
}

Finding openssl_finding(const OpensslJobResult& job) {
  Finding finding{.id = "LIVE-DENY-OPENSSL-" + job.id, .title = job.title, .outcome = Outcome::pass};
  for (const ProbeMode mode : k_probe_modes) {
    const OpensslRun& run = of(job.runs, mode);
    if (run.outcome == Outcome::fail || finding.outcome == Outcome::pass)
      finding.outcome = run.outcome == Outcome::pass ? finding.outcome : run.outcome;
    for (const std::string& line : run.evidence)
      finding.evidence.push_back(std::string(to_string(mode)) + ": " + line);
  }
  return finding;
}

} // namespace

std::string_view to_string(ProbeMode mode) noexcept {
  switch (mode) {
  case ProbeMode::deny_enosys:
    return "deny ENOSYS";
  case ProbeMode::deny_eperm:
    return "deny EPERM";
  case ProbeMode::trace:
    return "trace";
  }
  return "trace";
}

std::vector<CallSummary> live_calls(const LiveResults& results) {
  std::vector<CallSummary> calls;
  for_each_trace(results, [&calls](const std::string& name, const watch::Trace& trace) {
    for (CallSummary& call : summarize(name, trace.events))
      calls.push_back(std::move(call));
  });
  return calls;
}

std::vector<Finding> live_findings(const LiveResults& results) {
  std::vector<Finding> findings = denial_findings(results);
  findings.push_back(steps_finding(results));
  for (const ApartStart& start : results.apart_starts)
    findings.push_back(apart_start_finding(start));
  if (results.openssl.empty())
    findings.push_back({.id = "LIVE-DENY-OPENSSL",
                        .title = "the image's openssl command works",
                        .outcome = Outcome::could_not_check,
                        .evidence = {"the image has no openssl command"},
                        .essential = false});
  for (const OpensslJobResult& job : results.openssl_jobs)
    findings.push_back(openssl_finding(job));
  std::ranges::move(java_findings(results), std::back_inserter(findings));

  findings.push_back(runs_differ_finding(results));
  findings.push_back(trace_run_finding(results));
  const bool complete = findings.back().outcome == Outcome::pass;
  const std::vector<CallSummary> calls = live_calls(results);
  findings.push_back(silence_finding(
      "LIVE-TRACE-GETRANDOM", "no getrandom that security rests on", calls, complete,
      [](const CallSummary& call) { return call.source == watch::Source::getrandom && call.reason.empty(); }));
  findings.push_back(silence_finding("LIVE-TRACE-DEVICES",
                                     "no random device, file or socket of the kernel opened or read", calls, complete,
                                     [](const CallSummary& call) { return call.source != watch::Source::getrandom; }));
  findings.push_back(control_deny_finding(results));
  findings.push_back(control_trace_finding(results));
  return findings;
}

} // namespace kif::verify
