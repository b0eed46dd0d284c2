// SPDX-License-Identifier: Apache-2.0
// The whole of a verification, as data. Rendering is pure: the same report gives the same text.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "verify/call_summary.h"
#include "verify/finding.h"
#include "verify/render_findings.h"

namespace kif::verify {

/// One thing that was run for it: a container, or for TLS three.
struct RunSummary {
  std::string name; ///< "probe", "control probe", "openssl RAND"
  std::string mode; ///< "deny ENOSYS", "deny EPERM", "trace"
  std::chrono::milliseconds duration{0};
};

struct Report {
  std::string image;           ///< its name, as it was given
  std::string manifest_digest; ///< empty for docker-archive, which has none
  std::string platform;
  std::string started_through; ///< "kif-init", or "no entrypoint of kif's"
  std::vector<Finding> findings;
  std::vector<CallSummary> calls;
  std::vector<RunSummary> runs;
  std::vector<std::string> notes; ///< what differed from an ordinary run of the image

  Outcome verdict() const noexcept { return verify::verdict(findings); }
};

/// Version of the JSON form. Members may be added under the same number; renaming or removing one makes a new number.
inline constexpr std::string_view k_report_schema = "kif.verify/1";
nlohmann::ordered_json to_json(const Report& report);
nlohmann::ordered_json to_json(const Finding& finding);

/// For people: the findings by kind, aligned, with the evidence of all that did not simply pass; the calls that count
/// for nothing; the verdict.
std::string render(const Report& report, const Marker& marker);
std::string render(const Report& report); ///< without marks

} // namespace kif::verify
