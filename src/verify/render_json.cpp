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
  json["security_use"] = call.is_security_use();
  if (!call.is_security_use())
    json["reason"] = call.reason;
  return json;
}

Json to_json(const RunSummary& run) {
  return {{"name", run.name}, {"mode", run.mode}, {"duration_ms", run.duration.count()}};
}

template <class T> Json list(const std::vector<T>& values) {
  Json json = Json::array();
  for (const T& value : values)
    json.push_back(to_json(value));
  return json;
}

} // namespace

Json to_json(const Finding& finding) {
  return {{"id", finding.id},
          {"title", finding.title},
          {"outcome", to_string(finding.outcome)},
          {"kind", to_string(finding.kind)},
          {"essential", finding.essential},
          {"evidence", finding.evidence}};
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
          {"findings", list(report.findings)},
          {"calls", list(report.calls)},
          {"runs", list(report.runs)},
          {"notes", report.notes}};
}

} // namespace kif::verify
