// SPDX-License-Identifier: Apache-2.0
#include "cli/verify_claims.h"

#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "cli/payload.h"
#include "verify/claims/claims.h"

namespace kif::cli {
namespace {

Result<std::vector<verify::Rule>> read_rules(const std::vector<std::string>& files) {
  std::vector<verify::Rule> rules;
  for (const std::string& file : files) {
    KIF_TRY(verify::Rule rule, verify::read_rule(file));
    rules.push_back(std::move(rule));
  }
  return rules;
}

// A file that requires packages takes the place of the published rule, one that names workloads that of the workloads
// kif knows. So a rule of one's own does not silence what the host needs.
Result<void> add_own_rules(std::vector<verify::Rule>& rules) {
  const auto lacks = [&](auto member) {
    return std::ranges::all_of(rules, [&](const verify::Rule& rule) { return (rule.*member).empty(); });
  };
  const bool lacks_required = lacks(&verify::Rule::required);
  const bool lacks_workloads = lacks(&verify::Rule::workloads);
  KIF_TRY(const std::filesystem::path folder, data_folder());
  if (lacks_required) {
    KIF_TRY(verify::Rule rule, verify::read_rule(folder / "rules" / "kernel-independent.yaml"));
    rules.insert(rules.begin(), std::move(rule));
  }
  if (lacks_workloads) {
    KIF_TRY(verify::Rule rule, verify::read_rule(folder / "rules" / "kernel-dependent.yaml"));
    rules.push_back(std::move(rule));
  }
  return {};
}

} // namespace

Result<verify::Certificates> own_certificates() {
  KIF_TRY(const std::filesystem::path folder, data_folder());
  return verify::read_certificates(folder / "certificates.yaml");
}

ExitCode exit_code_of(verify::Outcome outcome) noexcept {
  switch (outcome) {
  case verify::Outcome::pass:
    return ExitCode::good;
  case verify::Outcome::fail:
    return ExitCode::bad;
  case verify::Outcome::could_not_check:
    return ExitCode::could_not_check;
  }
  return ExitCode::could_not_check;
}

Result<ExitCode> verify_claims(const ClaimsRequest& request, Format format, Terminal& terminal) {
  verify::ClaimsOptions options;
  options.today = verify::today();
  options.wants_signature = !request.source.keys.empty();
  auto rules = read_rules(request.rules);
  if (!rules)
    return end_with_usage(rules.error(), format, terminal);
  options.rules = *std::move(rules);
  if (!request.certificates.empty()) {
    auto certificates = verify::read_certificates(request.certificates);
    if (!certificates)
      return end_with_usage(certificates.error(), format, terminal);
    options.certificates = *std::move(certificates);
  } else {
    KIF_TRY(options.certificates, own_certificates());
  }
  const auto query = understand(request.source);
  if (!query)
    return end_with_usage(query.error(), format, terminal);
  KIF_CHECK(add_own_rules(options.rules));
  KIF_TRY(const sbom::Search search, search_sboms(*query, terminal));
  const verify::ClaimsReport report = verify::judge_claims(search, options);
  if (format == Format::json)
    terminal.print(verify::to_json(report, options));
  else
    terminal.print(verify::render(report));
  return exit_code_of(report.verdict());
}

} // namespace kif::cli
