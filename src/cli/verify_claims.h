// SPDX-License-Identifier: Apache-2.0
// `kif verify --sbom`: finds an image's SBOM and judges what it claims.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/sbom_source.h"
#include "verify/findings/finding.h"
#include "verify/rules/certificates.h"

namespace kif::cli {

struct ClaimsRequest {
  SbomSource source;
  std::vector<std::string> rules; ///< files; none: those that kif brings
  std::string certificates;       ///< file; empty: the one that kif brings
};

/// A file that the command line names and that cannot be used is a usage error: exit code 1 is kept for verdicts.
Result<ExitCode> verify_claims(const ClaimsRequest& request, Format format, Terminal& terminal);

/// What kif brings: certificates.yaml in its data folder.
Result<verify::Certificates> own_certificates();

ExitCode exit_code_of(verify::Outcome outcome) noexcept;

} // namespace kif::cli
