// SPDX-License-Identifier: Apache-2.0
#include "verify/claims/claims.h"

namespace kif::verify {
namespace {

using text::foreign;
using text::Mark;
using text::own;

constexpr Headings k_headings = {
    .measured = "measured: nothing, by this check",
    .verified = "verified: a key that was given signed it; what it says is its signer's word",
    .claimed = "claimed: somebody says so",
};

bool shows_evidence(const Finding& /*finding*/) {
  return true;
}

} // namespace

text::Page render(const ClaimsReport& report) {
  text::Page page;
  text::Line head = {foreign(report.image, Mark::heading)};
  for (const std::string& part : {report.platform, report.manifest_digest})
    if (!part.empty()) {
      head.push_back(own("  "));
      head.push_back(foreign(part));
    }
  page.line(std::move(head));
  for (const RuleResult& result : report.rules) {
    page.line({own("rule "), foreign(result.rule.id), own(": "), foreign(result.rule.title)});
    page.line({own("     source: "), foreign(result.rule.source), own(", "), foreign(to_string(result.rule.date))});
  }
  page.blank();
  page.add(render_findings(report.findings, k_headings, shows_evidence));
  const Mark mark = mark_of(report.verdict());
  page.line({own("answer:  "), foreign(to_string(report.answer), mark), own(" ("), foreign(explain(report.answer)),
             own(")")});
  page.line({own("verdict: "), foreign(to_string(report.verdict()), mark), own(", on claims alone")});
  // The path of a document is not an image that could be run.
  page.line({own("An SBOM measures nothing: it is what its maker says. What the image does, kif verify --live "),
             report.platform.empty() ? own("IMAGE") : foreign(report.image), own(" shows.")});
  return page;
}

} // namespace kif::verify
