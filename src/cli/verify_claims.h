// SPDX-License-Identifier: Apache-2.0
// `kif verify --sbom`: finds an image's SBOM and judges what it claims. And how both checks of `kif verify` show their
// reports.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/sbom_source.h"
#include "verify/finding.h"
#include "verify/render_findings.h"

namespace kif::cli {

struct ClaimsRequest {
  SbomSource source;
  std::vector<std::string> rules; ///< files; none: those that kif brings
  std::string certificates;       ///< file; empty: the one that kif brings
};

/// A file that the command line names and that cannot be used is a usage error: exit code 1 is kept for verdicts.
Result<ExitCode> verify_claims(const ClaimsRequest& request, Format format, Terminal& terminal);

ExitCode exit_code_of(verify::Outcome outcome) noexcept;
verify::Marker marker_of(const Terminal& terminal);

} // namespace kif::cli
