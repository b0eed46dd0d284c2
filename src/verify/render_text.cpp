// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "verify/report.h"

namespace kif::verify {
namespace {

using text::foreign;
using text::Mark;
using text::own;

constexpr Headings k_headings = {.measured = "measured: kif ran the image and saw it",
                                 .verified = "verified: a digest was checked",
                                 .claimed = "claimed: somebody says so"};

// A step of the probe that passed under denial says all in its title; what a trace, a control or a claim rests on is
// its evidence.
bool shows_evidence(const Finding& finding) {
  return finding.outcome != Outcome::pass || finding.by_choice || finding.kind != Kind::measured ||
         !finding.id.starts_with("LIVE-DENY-");
}

// ", with 2 features not approved, by choice": said in every verdict.
std::string compat_text(const Report& report) {
  const std::size_t count = report.compat.size();
  if (count == 0)
    return {};
  return ", with " + std::to_string(count) + (count == 1 ? " feature" : " features") + " not approved, by choice";
}

// What LIVE-TRACE-GETRANDOM does not count. Its own evidence names what it does.
void add_excused(text::Page& page, const Report& report) {
  std::map<std::string, std::uint64_t> counts;
  for (const CallSummary& call : report.calls)
    if (!call.reason.empty())
      counts["getrandom " + std::to_string(call.bytes) + " bytes, flags " + watch::getrandom_flags(call.flags) + ": " +
             call.reason] += call.count;
  if (counts.empty())
    return;
  page.line({own("asked of the kernel in the traced runs, no security use", Mark::heading)});
  for (const auto& [what, count] : counts)
    page.line({own("  "), text::number(count), count == 1 ? own(" time  ") : own(" times  "), foreign(what)});
  page.blank();
}

} // namespace

text::Page render(const Report& report) {
  text::Page page;
  if (!report.workload.not_run.empty())
    page.line({own("the image's own program was not run: ", Mark::warning), foreign(report.workload.not_run)});
  text::Line head = {foreign(report.image, Mark::heading), own("  "), foreign(report.platform)};
  if (!report.manifest_digest.empty()) {
    head.push_back(own("  "));
    head.push_back(foreign(report.manifest_digest));
  }
  page.line(std::move(head));
  page.line({own("started through "), foreign(report.started_through)});
  page.blank();
  page.add(render_findings(report.findings, k_headings, shows_evidence));
  add_excused(page, report);
  for (const std::string& note : report.notes)
    page.line({own("note: "), foreign(note)});
  const Outcome outcome = report.verdict();
  page.line({own("verdict: "), foreign(to_string(outcome), mark_of(outcome)), foreign(compat_text(report)),
             own(report.workload.not_run.empty() ? text::Words("")
                                                 : text::Words(", and the image's own program was not run"))});
  return page;
}

} // namespace kif::verify
