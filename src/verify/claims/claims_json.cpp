// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "verify/claims/claims.h"
#include "verify/report.h"

namespace kif::verify {
namespace {

using Json = nlohmann::ordered_json;

std::string_view signature_name(sbom::SignatureState state) noexcept {
  switch (state) {
  case sbom::SignatureState::none:
    return "none";
  case sbom::SignatureState::not_checked:
    return "not-checked";
  case sbom::SignatureState::verified:
    return "verified";
  }
  return "none";
}

std::string_view meeting_name(Meeting meeting) noexcept {
  switch (meeting) {
  case Meeting::met:
    return "met";
  case Meeting::missing:
    return "missing";
  case Meeting::too_old:
    return "too-old";
  case Meeting::invalid_version:
    return "invalid-version";
  }
  return "missing";
}

Json package_json(const sbom::Package& package) {
  return {{"name", package.name}, {"version", package.version}, {"ecosystem", sbom::to_string(package.ecosystem)}};
}

Json packages_json(const std::vector<sbom::Package>& packages) {
  Json json = Json::array();
  for (const sbom::Package& package : packages)
    json.push_back(package_json(package));
  return json;
}

Json image_json(const ClaimsReport& report) {
  Json json = {{"name", report.image}};
  if (!report.platform.empty())
    json["platform"] = report.platform;
  if (!report.manifest_digest.empty())
    json["manifest_digest"] = report.manifest_digest;
  if (!report.index_digest.empty())
    json["index_digest"] = report.index_digest;
  return json;
}

Json document_json(const sbom::Found& found) {
  const sbom::Document& document = found.reading.document;
  Json json = {{"format", sbom::to_string(document.format)},
               {"format_version", document.format_version},
               {"name", document.name},
               {"created", document.created},
               {"route", sbom::to_string(found.route)},
               {"where", found.where},
               {"signature", signature_name(found.reading.signature)},
               {"packages", document.packages.size()}};
  if (found.subject) {
    json["subject"] = found.subject->text();
    json["subject_is_index"] = found.subject_is_index;
  }
  return json;
}

Json built_json(const BuildTime& built) {
  if (!built.moment)
    return nullptr;
  return {{"time", built.written}, {"said_by", built.said_by}};
}

Json rule_json(const RuleResult& result) {
  Json required = Json::array();
  for (const RequiredResult& one : result.required)
    required.push_back({{"name", one.required.name},
                        {"minimum", one.required.minimum},
                        {"result", meeting_name(one.meeting)},
                        {"version", one.version},
                        {"versions", one.versions},
                        {"look_alike", packages_json(one.look_alike)},
                        {"reason", one.reason}});
  Json excluded = Json::array();
  for (const ExcludedPackage& one : result.excluded) {
    Json json = package_json(one.package);
    json["excluded_by"] = one.by.name.describe();
    excluded.push_back(std::move(json));
  }
  Json json = {{"id", result.rule.id},
               {"title", result.rule.title},
               {"source", result.rule.source},
               {"date", to_string(result.rule.date)}};
  if (result.rule.built_from)
    json["built_from"] = to_string(*result.rule.built_from);
  json["answer"] = to_string(result.answer);
  json["required"] = std::move(required);
  json["excluded"] = std::move(excluded);
  return json;
}

Json indicator_json(const IndicatorFound& found, const ClaimsOptions& options) {
  using Means = Indicator::Means;
  Json json = {{"package", found.package.name}};
  if (found.indicator.means != Means::module_in_process && !found.number.empty()) {
    const Program program = found.indicator.means == Means::cmvp ? Program::cmvp : Program::esv;
    const Certificate* certificate = options.certificates.find(program, found.number);
    json["standard"] = to_string(program); // the certificate's own standard is in "certificate"
    json["number"] = found.number;
    json["is_known"] = certificate != nullptr;
    json["certificate"] = certificate != nullptr ? to_json(*certificate, options.today) : Json(nullptr);
  }
  if (!found.qualifier.empty())
    json["qualifier"] = found.qualifier;
  json["claim"] = describe(found, options.certificates, options.today);
  return json;
}

Json workload_json(const WorkloadFound& found) {
  return {{"id", found.workload.id},
          {"title", found.workload.title},
          {"needs", found.workload.needs},
          {"packages", packages_json(found.packages)}};
}

} // namespace

Json to_json(const ClaimsReport& report, const ClaimsOptions& options) {
  Json rules = Json::array();
  for (const RuleResult& result : report.rules)
    rules.push_back(rule_json(result));
  Json indicators = Json::array();
  for (const IndicatorFound& found : report.indicators)
    indicators.push_back(indicator_json(found, options));
  Json workloads = Json::array();
  for (const WorkloadFound& found : report.workloads)
    workloads.push_back(workload_json(found));
  Json findings = Json::array();
  for (const Finding& finding : report.findings)
    findings.push_back(to_json(finding));
  return {{"schema", k_report_schema},
          {"mode", "sbom"},
          {"image", image_json(report)},
          {"verdict", to_string(report.verdict())},
          {"answer", to_string(report.answer)},
          {"sbom", report.document ? document_json(*report.document) : Json(nullptr)},
          {"built", built_json(report.built)},
          {"rules", std::move(rules)},
          {"indicators", std::move(indicators)},
          {"workloads", std::move(workloads)},
          {"findings", std::move(findings)}};
}

} // namespace kif::verify
