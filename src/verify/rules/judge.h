// SPDX-License-Identifier: Apache-2.0
// One SBOM judged by one rule. Pure: the same packages, rule and date give the same result.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sbom/document.h"
#include "verify/rules/answer.h"
#include "verify/rules/rule.h"

namespace kif::verify {

enum class Meeting { met, missing, too_old, invalid_version };

struct RequiredResult {
  RequiredPackage required;
  Meeting meeting = Meeting::missing;
  std::string version;                   ///< the one that counts: where there are several, the worst
  std::vector<std::string> versions;     ///< all that are listed, in byte order
  std::vector<sbom::Package> look_alike; ///< packages that might be taken for it, at most 5
  std::string reason;                    ///< one clause for people, foreign text made printable
};

struct ExcludedPackage {
  sbom::Package package;
  ExcludedName by;
};

/// Whether the image is of the time that the rule speaks of.
enum class Age {
  not_asked, ///< the rule names no day
  in_time,
  before,
  unknown,
};

struct RuleResult {
  Rule rule;
  Age age = Age::not_asked;
  std::vector<RequiredResult> required; ///< as many as the rule has, in its order
  std::vector<ExcludedPackage> excluded;
  /// excluded before built_before_rule (an old image with such a package is excluded all the same), that before
  /// missing, too_old and invalid_version; or met.
  Answer answer = Answer::met;
};

/// `built` is when the image was made; none where nobody says so, and then its age is not judged.
///
/// `architecture` is the image's, as OCI names it ("arm64"); empty where none is known, and then no package's is
/// judged.
///
/// Names are compared whole and byte by byte: libcrypto3-2.34 is not libcrypto3. A required package counts if it is of
/// the rule's ecosystem and of the image's architecture, or of none, and is sure to be installed; a contradictory entry
/// counts if it is too old. If it is listed in several versions all of them are in the image as far as anyone can tell,
/// so the worst one counts. An excluded name counts whatever ecosystem and architecture stand beside it.
RuleResult judge(const Rule& rule, std::span<const sbom::Package> packages, std::optional<Moment> built,
                 std::string_view architecture = {});

struct WorkloadFound {
  KernelWorkload workload;
  std::vector<sbom::Package> packages; ///< at least one
};
std::vector<WorkloadFound> find_workloads(const Rule& rule, std::span<const sbom::Package> packages);

struct IndicatorFound {
  sbom::Package package;
  Indicator indicator;
  std::string number;    ///< of the certificate it names; empty for a module in process, or where there is none
  std::string qualifier; ///< what stands behind the number: "optin", "UPDATE"; for a module in process its name
};
std::vector<IndicatorFound> find_indicators(const Rule& rule, std::span<const sbom::Package> packages);

/// What the indicator claims, and what `certificates` knows of that on the day `today`, one sentence.
std::string describe(const IndicatorFound& found, const Certificates& certificates, const Date& today);

} // namespace kif::verify
