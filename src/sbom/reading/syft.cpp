// SPDX-License-Identifier: Apache-2.0
// syft's own JSON. Its schema changes often, but not in what kif reads: artifacts with name, version, type and purl.
#include <utility>

#include "sbom/package_list.h"
#include "sbom/reading/form.h"

namespace kif::sbom {
namespace {

using oci::JsonObject;

Ecosystem ecosystem_of(std::string_view type) {
  if (type == "apk")
    return Ecosystem::apk;
  if (type == "deb")
    return Ecosystem::deb;
  return type == "rpm" ? Ecosystem::rpm : Ecosystem::other;
}

/// What was scanned: source.name, or before schema 11 source.target, a path or an image's description.
Result<std::string> name_of(const JsonObject& source) {
  KIF_TRY(std::string name, source.optional_string("name"));
  const nlohmann::json* const target = source.find("target");
  if (!name.empty() || target == nullptr)
    return name;
  if (!target->is_object())
    return source.optional_string("target");
  KIF_TRY(const JsonObject image, source.object("target"));
  return image.optional_string("userInput");
}

} // namespace

Result<Document> read_syft(const nlohmann::json& json, const std::string& where) {
  KIF_TRY(const JsonObject root, JsonObject::of(json, where));
  Document document;
  document.format = Format::syft_json;
  KIF_TRY(const JsonObject schema, root.object("schema"));
  KIF_TRY(document.format_version, schema.string("version"));
  KIF_TRY(const JsonObject source, root.object("source"));
  KIF_TRY(document.name, name_of(source));
  KIF_TRY(const auto artifacts, root.objects("artifacts"));
  PackageList list(where);
  for (const JsonObject& artifact : artifacts) {
    Entry entry;
    KIF_TRY(entry.name, artifact.optional_string("name"));
    KIF_TRY(entry.version, artifact.optional_string("version"));
    KIF_TRY(const std::string type, artifact.optional_string("type"));
    KIF_TRY(entry.purl, artifact.optional_string("purl"));
    entry.ecosystem = ecosystem_of(type);
    KIF_CHECK(list.add(std::move(entry)));
  }
  std::move(list).finish(document);
  return document;
}

} // namespace kif::sbom
