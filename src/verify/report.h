// SPDX-License-Identifier: Apache-2.0
// The whole of a verification, as data. Rendering is pure: the same report gives the same text.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "verify/call_summary.h"
#include "verify/findings/finding.h"
#include "verify/findings/render_findings.h"
#include "verify/image_cryptography.h"
#include "watch/attendance.h"

namespace kif::verify {

/// One thing that was run for it: a container, or for TLS three.
struct RunSummary {
  std::string name; ///< "probe", "control probe", "openssl RAND"
  std::string mode; ///< "deny ENOSYS", "deny EPERM", "trace"
  std::chrono::milliseconds duration{0};
};

/// What was run of the image's own program.
struct WorkloadSummary {
  struct Run {
    std::string mode;
    std::string ended; ///< "by-itself", "stopped", "killed"; "not-started" where there is no exit code
    int exit_code = 0;
    std::chrono::milliseconds duration{0};
    std::optional<bool> ready = {}; ///< none: nobody asked
    std::vector<watch::ExerciseResult> exercises = {};
  };
  std::string not_run;                ///< empty, or a sentence: why it was not run
  std::vector<std::string> arguments; ///< what was started
  std::vector<Run> runs;
};

struct Report {
  std::string image;           ///< its name, as it was given
  std::string manifest_digest; ///< empty for docker-archive, which has none
  std::string platform;
  std::string started_through; ///< "kif-init", or "no entrypoint of kif's"
  std::vector<Finding> findings;
  std::vector<CallSummary> calls;
  std::vector<RunSummary> runs;
  std::vector<std::string> compat = {}; ///< features that the layer says work by choice, though they are not approved
  std::vector<CryptographyFile> cryptography = {}; ///< of the image's files, by path
  WorkloadSummary workload = {};
  std::vector<std::string> notes;       ///< what differed from an ordinary run of the image

  Outcome verdict() const noexcept { return verify::verdict(findings); }
};

/// Version of the JSON form. Members may be added under the same number; renaming or removing one makes a new number.
inline constexpr std::string_view k_report_schema = "kif.verify/1";
nlohmann::ordered_json to_json(const Report& report);
nlohmann::ordered_json to_json(const Finding& finding);

/// For people: the findings by kind, aligned, with the evidence of all that did not simply pass; the calls that count
/// for nothing; the verdict.
text::Page render(const Report& report);

} // namespace kif::verify
