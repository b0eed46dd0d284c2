// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "verify/report.h"

namespace kif::verify {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const CallSummary& call) {
  Json json = {{"run", call.run},
               {"process", call.process},
               {"executable", call.executable},
               {"act", to_string(call.act)},
               {"source", to_string(call.source)}};
  if (call.act != watch::Act::open)
    json["bytes"] = call.bytes;
  if (call.act == watch::Act::call)
    json["flags"] = watch::getrandom_flags(call.flags);
  json["callers"] = call.callers;
  json["count"] = call.count;
  json["security_use"] = call.reason.empty();
  if (!call.reason.empty())
    json["reason"] = call.reason;
  if (call.is_undecided)
    json["undecided"] = true;
  if (call.is_answered)
    json["answered_by"] = "catch-all";
  return json;
}

Json to_json(const CryptographyFile& file) {
  Json json = {{"path", file.path}, {"what", file.what}};
  if (!file.version.empty())
    json["version"] = file.version;
  if (!file.random_source.empty())
    json["random_bytes"] = file.random_source;
  json["reached"] = file.is_reached;
  json["known_to_layer"] = file.is_known;
  json["above_layer"] = file.is_above;
  return json;
}

Json to_json(const RunSummary& run) {
  return {{"name", run.name}, {"mode", run.mode}, {"duration_ms", run.duration.count()}};
}

Json to_json(const watch::ExerciseResult& exercise) {
  Json json = {{"command", exercise.command}};
  if (exercise.failure.empty())
    json["exit_code"] = exercise.exit_code;
  else
    json["failure"] = exercise.failure;
  json["output"] = exercise.output;
  return json;
}

template <class T> Json list(const std::vector<T>& values);

Json to_json(const WorkloadSummary::Run& run) {
  Json json = {{"mode", run.mode}, {"ended", run.ended}};
  if (run.ended != "not-started")
    json["exit_code"] = run.exit_code;
  json["duration_ms"] = run.duration.count();
  if (run.ready)
    json["ready"] = *run.ready;
  json["exercises"] = list(run.exercises);
  return json;
}

Json to_json(const WorkloadSummary& workload) {
  if (!workload.not_run.empty())
    return {{"not_run", workload.not_run}};
  return {{"arguments", workload.arguments}, {"runs", list(workload.runs)}};
}

template <class T> Json list(const std::vector<T>& values) {
  Json json = Json::array();
  for (const T& value : values)
    json.push_back(to_json(value));
  return json;
}

} // namespace

Json to_json(const Finding& finding) {
  Json json = {{"id", finding.id},
               {"title", finding.title},
               {"outcome", to_string(finding.outcome)},
               {"kind", to_string(finding.kind)},
               {"essential", finding.essential},
               {"evidence", finding.evidence}};
  if (finding.by_choice)
    json["by_choice"] = true;
  return json;
}

Json to_json(const Report& report) {
  Json image = {{"name", report.image}, {"platform", report.platform}};
  if (!report.manifest_digest.empty())
    image["manifest_digest"] = report.manifest_digest;
  return {{"schema", k_report_schema},
          {"mode", "live"},
          {"image", std::move(image)},
          {"started_through", report.started_through},
          {"verdict", to_string(report.verdict())},
          {"compat", report.compat},
          {"findings", list(report.findings)},
          {"cryptography", list(report.cryptography)},
          {"calls", list(report.calls)},
          {"workload", to_json(report.workload)},
          {"runs", list(report.runs)},
          {"notes", report.notes}};
}

} // namespace kif::verify
