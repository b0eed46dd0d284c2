// SPDX-License-Identifier: Apache-2.0
// What an image's SBOM claims about kernel independence, judged by rules. Nothing is measured here: a document's word
// is taken for what it is, and the report says whose word it is.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "sbom/finding/find.h"
#include "verify/findings/finding.h"
#include "verify/findings/render_findings.h"
#include "verify/rules/answer.h"
#include "verify/rules/certificates.h"
#include "verify/rules/judge.h"
#include "verify/rules/rule.h"

namespace kif::verify {

struct ClaimsOptions {
  /// Those that require packages are judged, and of all the workloads and indicators are named.
  std::vector<Rule> rules;
  Certificates certificates;
  Date today = {}; ///< the day on which the certificates are looked at
  /// Signatures were asked for: only a document that one of the keys signed is judged.
  bool wants_signature = false;
};

/// When the image was made, as far as anybody says.
struct BuildTime {
  std::optional<Moment> moment;     ///< none: nobody says, or not plausibly
  std::string written;              ///< as it was written
  std::string said_by;              ///< "the image's configuration", "the SBOM"
  std::vector<std::string> refused; ///< what was said and not believed, one clause each
};

struct ClaimsReport {
  std::string image;           ///< its name, as it was given
  std::string platform;        ///< empty for a file
  std::string manifest_digest; ///< empty where there is none
  std::string index_digest;
  Answer answer = Answer::no_sbom;
  /// The one that was judged; or that would have been if it were signed, or if every place could have been asked.
  std::optional<sbom::Found> document;
  BuildTime built;
  std::vector<RuleResult> rules; ///< empty where nothing was judged
  std::vector<IndicatorFound> indicators;
  std::vector<WorkloadFound> workloads;
  std::vector<Finding> findings; ///< docs/verify.md names every id; foreign text in them is made printable

  Outcome verdict() const noexcept { return outcome_of(answer); }
};

/// Judges the best document of `search`. Pure.
///
/// Of several rules the worst answer is the report's: one that is bad before one with nothing to judge before met, and
/// among equals that of the first rule.
ClaimsReport judge_claims(const sbom::Search& search, const ClaimsOptions& options);

/// The image's time by its configuration, else by the SBOM. Times before 2013 are not believed: containers are younger,
/// and builds that are to be repeatable write 0, 1970 or 1980.
BuildTime build_time(const std::string& of_configuration, const std::string& of_document);

/// The JSON form, `kif.verify/1` with mode "sbom".
nlohmann::ordered_json to_json(const ClaimsReport& report, const ClaimsOptions& options);

/// For people: what was judged, the findings by kind, the answer, the verdict, and what an SBOM cannot show.
text::Page render(const ClaimsReport& report);

} // namespace kif::verify
