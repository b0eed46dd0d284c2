// SPDX-License-Identifier: Apache-2.0
#include "verify/rules/judge.h"

#include <algorithm>
#include <set>

#include "base/quote.h"
#include "verify/rules/architecture.h"
#include "verify/rules/package_text.h"
#include "verify/rules/version_order.h"

namespace kif::verify {
namespace {

constexpr std::size_t k_most_look_alikes = 5;

struct JudgedVersion {
  Meeting meeting = Meeting::met;
  std::string version;
  std::string reason; // where it is none
};

JudgedVersion judge_version(const std::string& version, const RequiredPackage& required, sbom::Ecosystem ecosystem) {
  const auto order = order_versions(ecosystem, version, required.minimum);
  if (!order) // the minimum was checked when the rule was read
    return {Meeting::invalid_version, version, order.error().message};
  return {std::is_lt(*order) ? Meeting::too_old : Meeting::met, version, ""};
}

int badness(Meeting meeting) noexcept {
  switch (meeting) {
  case Meeting::met:
    return 0;
  case Meeting::missing:
    return 1;
  case Meeting::invalid_version:
    return 2;
  case Meeting::too_old:
    return 3;
  }
  return 3;
}

bool is_worse(const JudgedVersion& left, const JudgedVersion& right, sbom::Ecosystem ecosystem) {
  if (left.meeting != right.meeting)
    return badness(left.meeting) > badness(right.meeting);
  const auto order = order_versions(ecosystem, left.version, right.version);
  return order && std::is_lt(*order);
}

// Same name, but of another ecosystem; or a name that goes on where the required one ends.
bool looks_alike(const sbom::Package& package, const RequiredPackage& required, sbom::Ecosystem ecosystem) noexcept {
  return package.name == required.name ? !is_of(package, ecosystem) : package.name.starts_with(required.name + "-");
}

std::string missing_reason(const RequiredResult& result, sbom::Ecosystem ecosystem) {
  std::string reason =
      "no " + std::string(sbom::to_string(ecosystem)) + " package is called " + shortened(result.required.name);
  for (const sbom::Package& package : result.look_alike)
    reason += (&package == result.look_alike.data() ? "; not it: " : ", ") + named(package) + " (" +
              std::string(sbom::to_string(package.ecosystem)) + ")";
  return reason;
}

std::string reason_for(const RequiredResult& result, const JudgedVersion& worst) {
  const std::string package = shortened(result.required.name) + " " + shortened(worst.version);
  std::string reason;
  if (worst.meeting == Meeting::met)
    reason = package + " is " + result.required.minimum + " or newer";
  else if (worst.meeting == Meeting::too_old)
    reason = package + " is older than " + result.required.minimum;
  else
    reason = shortened(result.required.name) + ": " + worst.reason;
  if (result.versions.size() > 1)
    reason += "; the worst of " + std::to_string(result.versions.size()) + " versions listed";
  return reason;
}

/// Why entries of a required name meet nothing.
struct Passed {
  std::set<std::string> contradictory; ///< versions
  bool is_elsewhere = false;
  std::string architecture; ///< as the entry writes it; empty: none was of another

  std::string reason(std::string_view wanted) const {
    std::string text;
    if (!contradictory.empty())
      text += "; an entry of that name contradicts itself, and meets nothing";
    if (is_elsewhere)
      text += "; an entry of that name is a source, a file or what a build needed, and meets nothing";
    if (!architecture.empty())
      text += "; an entry of that name is for " + shortened(architecture) + ", and the image for " + shortened(wanted);
    return text;
  }
};

RequiredResult judge_required(const RequiredPackage& required, sbom::Ecosystem ecosystem,
                              std::span<const sbom::Package> packages, std::string_view architecture) {
  RequiredResult result;
  result.required = required;
  std::set<std::string> versions;
  Passed passed;
  for (const sbom::Package& package : packages) {
    if (package.name == required.name && is_of(package, ecosystem)) {
      if (!fits_architecture(package.architecture, architecture))
        passed.architecture = package.architecture;
      else if (package.presence == sbom::Presence::elsewhere)
        passed.is_elsewhere = true;
      else
        (package.presence == sbom::Presence::installed ? versions : passed.contradictory).insert(package.version);
    } else if (looks_alike(package, required, ecosystem) && result.look_alike.size() < k_most_look_alikes) {
      result.look_alike.push_back(package);
    }
  }
  if (versions.empty()) {
    result.reason = missing_reason(result, ecosystem) + passed.reason(architecture);
    return result;
  }
  for (const std::string& version : passed.contradictory) // what may be there counts where it is bad
    if (judge_version(version, required, ecosystem).meeting != Meeting::met)
      versions.insert(version);
  result.versions.assign(versions.begin(), versions.end());
  std::optional<JudgedVersion> worst;
  for (const std::string& version : versions) {
    JudgedVersion judged = judge_version(version, required, ecosystem);
    if (!worst || is_worse(judged, *worst, ecosystem))
      worst = std::move(judged);
  }
  result.meeting = worst->meeting;
  result.version = worst->version;
  result.reason = reason_for(result, *worst);
  return result;
}

Age age_of(const Rule& rule, std::optional<Moment> built) noexcept {
  if (!rule.built_from)
    return Age::not_asked;
  if (!built)
    return Age::unknown;
  return *built < std::chrono::sys_days(*rule.built_from) ? Age::before : Age::in_time;
}

Answer answer_of(const RuleResult& result) noexcept {
  const auto any = [&](Meeting meeting) {
    return std::ranges::find(result.required, meeting, &RequiredResult::meeting) != result.required.end();
  };
  if (!result.excluded.empty())
    return Answer::excluded;
  if (result.age == Age::before)
    return Answer::built_before_rule;
  if (any(Meeting::missing))
    return Answer::missing;
  if (any(Meeting::too_old))
    return Answer::too_old;
  return any(Meeting::invalid_version) ? Answer::invalid_version : Answer::met;
}

bool is_digits(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "5132", "5523-optin", "E191": the number, and what stands behind it.
IndicatorFound read_indicator(const sbom::Package& package, const Indicator& indicator) {
  IndicatorFound found{.package = package, .indicator = indicator, .number = {}, .qualifier = {}};
  std::string_view rest = std::string_view(package.name).substr(indicator.prefix.size());
  if (indicator.means == Indicator::Means::module_in_process) {
    found.qualifier = rest;
    return found;
  }
  if (indicator.means == Indicator::Means::esv && rest.starts_with('E'))
    rest.remove_prefix(1);
  const std::size_t dash = rest.find('-');
  if (!is_digits(rest.substr(0, dash)))
    return found;
  found.number = rest.substr(0, dash);
  if (dash != std::string_view::npos)
    found.qualifier = rest.substr(dash + 1);
  return found;
}

} // namespace

RuleResult judge(const Rule& rule, std::span<const sbom::Package> packages, std::optional<Moment> built,
                 std::string_view architecture) {
  RuleResult result{.rule = rule, .age = age_of(rule, built), .required = {}, .excluded = {}};
  for (const RequiredPackage& required : rule.required)
    result.required.push_back(judge_required(required, rule.ecosystem, packages, architecture));
  for (const sbom::Package& package : packages) {
    const auto by = std::ranges::find_if(
        rule.excluded, [&](const ExcludedName& excluded) { return excluded.name.fits(package.name); });
    if (by != rule.excluded.end())
      result.excluded.push_back({package, *by});
  }
  result.answer = answer_of(result);
  return result;
}

std::vector<WorkloadFound> find_workloads(const Rule& rule, std::span<const sbom::Package> packages) {
  std::vector<WorkloadFound> all;
  for (const KernelWorkload& workload : rule.workloads) {
    WorkloadFound found{.workload = workload, .packages = {}};
    for (const sbom::Package& package : packages)
      if (std::ranges::any_of(workload.packages, [&](const KernelWorkload::Packages& known) {
            return is_of(package, known.ecosystem) && known.name.fits(package.name);
          }))
        found.packages.push_back(package);
    if (!found.packages.empty())
      all.push_back(std::move(found));
  }
  return all;
}

std::vector<IndicatorFound> find_indicators(const Rule& rule, std::span<const sbom::Package> packages) {
  std::vector<IndicatorFound> all;
  for (const sbom::Package& package : packages)
    for (const Indicator& indicator : rule.indicators)
      if (package.name.starts_with(indicator.prefix) && is_of(package, rule.ecosystem))
        all.push_back(read_indicator(package, indicator));
  return all;
}

std::string describe(const IndicatorFound& found, const Certificates& certificates, const Date& today) {
  const std::string name = shortened(found.package.name);
  if (found.indicator.means == Indicator::Means::module_in_process)
    return name + ": a module in process, " + in_quotes(found.qualifier) + ": submitted, and no certificate";
  if (found.number.empty())
    return name + ": names no certificate number";
  const Program program = found.indicator.means == Indicator::Means::cmvp ? Program::cmvp : Program::esv;
  const Certificate* certificate = certificates.find(program, found.number);
  std::string text = name + ": ";
  // The published qualifiers: a module that is there to be opted into, and one that the certificate does not cover.
  if (found.qualifier == "optin")
    text += "a module that is used only if it is opted into, ";
  else if (found.qualifier == "UPDATE")
    text += "a module that is not the certificate's but an update of it, no certificate covers it; the certificate is ";
  else if (!found.qualifier.empty())
    text += "with " + in_quotes(found.qualifier) + ", whose meaning kif does not know, ";
  if (certificate != nullptr)
    return text + certificate->describe(today);
  Certificate unknown;
  unknown.program = program;
  unknown.number = shortened(found.number);
  return text + unknown.name() + ", of which kif's certificates say nothing";
}

} // namespace kif::verify
