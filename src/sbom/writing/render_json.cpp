// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "sbom/writing/render.h"

namespace kif::sbom {
namespace {

using Json = nlohmann::ordered_json;

std::string_view to_string(SignatureState state) {
  switch (state) {
  case SignatureState::none:
    return "none";
  case SignatureState::not_checked:
    return "not-checked";
  case SignatureState::verified:
    return "verified";
  }
  return "";
}

void put(Json& json, const char* name, const std::string& value) {
  if (!value.empty())
    json[name] = value;
}

Json to_json(const Package& package) {
  Json json = {{"name", package.name}, {"version", package.version}, {"ecosystem", to_string(package.ecosystem)}};
  put(json, "architecture", package.architecture);
  put(json, "purl", package.purl);
  if (package.presence == Presence::contradictory)
    json["unsure"] = true;
  if (package.presence != Presence::installed)
    json["presence"] = to_string(package.presence);
  return json;
}

Json to_json(const Found& found);
Json to_json(const Refused& refused);

template <class T> Json list(const std::vector<T>& values) {
  Json json = Json::array();
  for (const T& value : values)
    json.push_back(to_json(value));
  return json;
}

Json to_json(const Found& found) {
  const Document& document = found.reading.document;
  Json json = {{"route", to_string(found.route)}, {"where", found.where}};
  if (found.subject) {
    json["subject"] = found.subject->text();
    json["subject_is"] = found.subject_is_index ? "index" : "image";
  }
  const bool verified = found.reading.signature == SignatureState::verified;
  json["kind"] = verified ? "verified" : "claimed";
  json["signature"] = to_string(found.reading.signature);
  json["format"] = kif::sbom::to_string(document.format);
  put(json, "format_version", document.format_version);
  put(json, "name", document.name);
  put(json, "created", document.created);
  if (found.reading.statement) {
    json["statement_type"] = found.reading.statement->type;
    json["predicate_type"] = found.reading.statement->predicate_type;
  }
  json["index_only"] = document.is_of_index_only();
  json["left_out"] = document.left_out;
  json["packages"] = list(document.packages);
  return json;
}

Json to_json(const Refused& refused) {
  Json error = {{"code", kif::to_string(refused.error.code)}, {"message", refused.error.message}};
  put(error, "expected", refused.error.expected);
  put(error, "got", refused.error.got);
  put(error, "hint", refused.error.hint);
  return {{"route", to_string(refused.route)}, {"where", refused.where}, {"error", std::move(error)}};
}

} // namespace

Json to_json(const Search& search) {
  Json image = {{"name", search.image}};
  put(image, "platform", search.platform);
  if (search.manifest_digest)
    image["manifest_digest"] = search.manifest_digest->text();
  if (search.index_digest)
    image["index_digest"] = search.index_digest->text();
  put(image, "created", search.created);
  Json looked = Json::array();
  for (const Route route : search.looked)
    looked.push_back(to_string(route));
  Json json = {{"schema", k_search_schema},
               {"image", std::move(image)},
               {"documents", list(search.found)},
               {"refused", list(search.refused)},
               {"other_predicates", search.other_predicates},
               {"looked", std::move(looked)},
               {"files_passed_over", search.root_was_passed_over}};
  if (const Found* best = best_document(search))
    json["best_document"] = best - search.found.data();
  return json;
}

} // namespace kif::sbom
