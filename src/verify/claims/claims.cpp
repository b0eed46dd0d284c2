// SPDX-License-Identifier: Apache-2.0
#include "verify/claims/claims.h"

#include <algorithm>

#include "base/quote.h"
#include "verify/claims/claim_findings.h"
#include "verify/rules/architecture.h"

namespace kif::verify {
namespace {

using namespace std::chrono_literals;

// Docker's first release, and with it the first image that has a configuration, was in March 2013. Made-up times lie
// below: year 1 (Go's zero), 1970 (SOURCE_DATE_EPOCH=0), 1980 (zip's first day, which buildpacks write).
constexpr Moment k_oldest_image = std::chrono::sys_days(2013y / std::chrono::January / 1);

// What could not be looked at may be the SBOM that says otherwise. The image's own package databases are not: they are
// what is read for want of better, so that one of them that this machine has no program for counts only as the last.
bool could_not_look(const sbom::Refused& refused, const sbom::Found* best) noexcept {
  if (is_of_content(refused.error))
    return false;
  const bool lacks_a_program =
      refused.route == sbom::Route::root_file_system && refused.error.code == ErrorCode::not_found;
  return best == nullptr || !lacks_a_program;
}

// Whoever can keep kif from a place must not choose by that what is judged; a document that one of the keys signed is
// judged all the same, since nobody but their holders chose it.
bool could_not_look(const sbom::Search& search, const sbom::Found* best) noexcept {
  if (best != nullptr && best->reading.signature == sbom::SignatureState::verified)
    return false;
  return std::ranges::any_of(search.refused,
                             [best](const sbom::Refused& refused) { return could_not_look(refused, best); });
}

// What the answer is where no document was found that could be judged.
Answer answer_without_document(const sbom::Search& search) {
  if (std::ranges::any_of(search.refused, is_of_content, &sbom::Refused::error))
    return Answer::refused_sbom;
  if (std::ranges::any_of(search.found,
                          [](const sbom::Found& found) { return found.reading.document.is_of_index_only(); }))
    return Answer::index_only;
  return search.found.empty() ? Answer::no_sbom : Answer::empty_sbom;
}

// With keys: no word is taken but that of their holders. A document that somebody else signed, or that was changed, is
// refused by the reader; that is worse than one that nobody signed.
std::optional<Answer> answer_without_signature(const sbom::Found& best, const sbom::Search& search) {
  if (best.reading.signature == sbom::SignatureState::verified)
    return std::nullopt;
  return std::ranges::any_of(search.refused, is_of_content, &sbom::Refused::error) ? Answer::refused_sbom
                                                                                   : Answer::unsigned_sbom;
}

// What was there and was not read may say otherwise. Of another image it does not: it was read.
bool is_unread(const sbom::Refused& refused) noexcept {
  return is_of_content(refused.error) && refused.error.code != ErrorCode::digest_mismatch;
}

Answer met_by(sbom::SignatureState signature) noexcept {
  switch (signature) {
  case sbom::SignatureState::verified:
    return Answer::met;
  case sbom::SignatureState::not_checked:
    return Answer::met_by_unchecked_sbom;
  case sbom::SignatureState::none:
    return Answer::met_by_unsigned_sbom;
  }
  return Answer::met_by_unsigned_sbom;
}

int weight(Outcome outcome) noexcept {
  switch (outcome) {
  case Outcome::pass:
    return 0;
  case Outcome::could_not_check:
    return 1;
  case Outcome::fail:
    return 2;
  }
  return 2;
}

Answer worst_answer(const std::vector<RuleResult>& results) noexcept {
  Answer worst = Answer::met;
  for (const RuleResult& result : results)
    if (weight(outcome_of(result.answer)) > weight(outcome_of(worst)))
      worst = result.answer;
  return worst;
}

/// A rule that asks for packages of a kind that the image has none of is missed, unless the FIPS layer is kif's: that
/// is no package, so that the rule says nothing about it, for or against.
bool says_nothing_of(const std::string& kif_layer, const RuleResult& result,
                     const std::vector<sbom::Package>& packages) {
  return !kif_layer.empty() && result.answer == Answer::missing &&
         std::ranges::find(packages, result.rule.ecosystem, &sbom::Package::ecosystem) == packages.end();
}

void judge_document(const sbom::Found& found, const sbom::Search& search, const ClaimsOptions& options,
                    ClaimsReport& report) {
  const auto& packages = found.reading.document.packages;
  for (const Rule& rule : options.rules) {
    if (!rule.required.empty()) {
      report.rules.push_back(judge(rule, packages, report.built.moment, architecture_of(report.platform)));
      if (says_nothing_of(search.kif_layer, report.rules.back(), packages))
        report.rules.back().answer = Answer::kif_layer;
    }
    for (IndicatorFound& indicator : find_indicators(rule, packages))
      report.indicators.push_back(std::move(indicator));
    for (WorkloadFound& workload : find_workloads(rule, packages))
      report.workloads.push_back(std::move(workload));
  }
  report.answer = worst_answer(report.rules);
  if (report.answer == Answer::met)
    report.answer =
        found.reading.signature != sbom::SignatureState::verified && std::ranges::any_of(search.refused, is_unread)
            ? Answer::unread_sbom
            : met_by(found.reading.signature);
}

} // namespace

BuildTime build_time(const std::string& of_configuration, const std::string& of_document) {
  BuildTime built;
  const auto take = [&](const std::string& written, const char* said_by) {
    if (written.empty() || built.moment)
      return;
    const auto moment = parse_moment(written);
    if (!moment)
      built.refused.push_back(std::string(said_by) + " says " + in_quotes(written) + ", which is not a time");
    else if (*moment < k_oldest_image)
      built.refused.push_back(std::string(said_by) + " says " + shortened(written) +
                              ", a time before there were containers: written by builds that are to be repeatable");
    else {
      built.moment = moment;
      built.written = written;
      built.said_by = said_by;
    }
  };
  take(of_configuration, "the image's configuration");
  take(of_document, "the SBOM");
  return built;
}

ClaimsReport judge_claims(const sbom::Search& search, const ClaimsOptions& options) {
  ClaimsReport report;
  report.image = search.image;
  report.platform = search.platform;
  report.manifest_digest = search.manifest_digest ? search.manifest_digest->text() : "";
  report.index_digest = search.index_digest ? search.index_digest->text() : "";
  const sbom::Found* best = sbom::best_document(search);
  report.built = build_time(search.created, best != nullptr ? best->reading.document.created : "");
  if (best != nullptr)
    report.document = *best;
  if (could_not_look(search, best)) {
    report.answer = Answer::could_not_look;
  } else if (best == nullptr) {
    report.answer = answer_without_document(search);
  } else {
    const auto unsigned_answer =
        options.wants_signature ? answer_without_signature(*best, search) : std::optional<Answer>();
    if (unsigned_answer)
      report.answer = *unsigned_answer;
    else
      judge_document(*best, search, options, report);
  }
  report.findings = claim_findings(report, search, options);
  return report;
}

} // namespace kif::verify
