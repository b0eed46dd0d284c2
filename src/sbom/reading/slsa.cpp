// SPDX-License-Identifier: Apache-2.0
// SLSA provenance v1 (https://slsa.dev/spec/v1.0/provenance): what a build was told, and what it fetched. Builders by
// apko put its whole configuration there, externalParameters."image-configuration", whose packages are those of the
// image. internalParameters are whatever the builder likes, and resolvedDependencies are what the build needed: neither
// says that a package is in the image.
#include "sbom/package_list.h"
#include "sbom/purl.h"
#include "sbom/reading/apk_names.h"
#include "sbom/reading/form.h"

namespace kif::sbom {
namespace {

using oci::JsonObject;

/// Parameters are whatever the builder likes: "linux/amd64", a commit. What has the shape of an apk package is one; in
/// a member called packages everything is one.
Result<void> read_map(const JsonObject& map, bool all_are_packages, PackageList& list) {
  for (const auto& [name, value] : map.value().items()) {
    if (!value.is_string())
      continue;
    const auto& version = value.get_ref<const std::string&>();
    const bool is_apk = fits_apk(name, version);
    if (is_apk || all_are_packages)
      KIF_CHECK(
          list.add(Entry{name, version, {}, {}, is_apk ? Ecosystem::apk : Ecosystem::other, Presence::elsewhere}));
  }
  return {};
}

Result<void> read_dependencies(const JsonObject& definition, PackageList& list) {
  if (definition.find("resolvedDependencies") == nullptr)
    return {};
  KIF_TRY(const auto dependencies, definition.objects("resolvedDependencies"));
  for (const JsonObject& dependency : dependencies) {
    KIF_TRY(std::string uri, dependency.optional_string("uri"));
    const auto purl = Purl::parse(uri);
    // Sources and base images are dependencies as well, mostly by other URIs than package URLs, or of other types.
    if (!purl || purl->ecosystem() == Ecosystem::other)
      continue;
    KIF_CHECK(list.add(Entry{purl->name, purl->version, std::move(uri), {}, purl->ecosystem(), Presence::elsewhere}));
  }
  return {};
}

} // namespace

Result<Document> read_slsa(const nlohmann::json& json, const std::string& where) {
  KIF_TRY(const JsonObject root, JsonObject::of(json, where));
  KIF_TRY(const JsonObject definition, root.object("buildDefinition"));
  Document document;
  document.format = Format::slsa_provenance;
  document.format_version = "1";
  PackageList list(where);
  KIF_TRY(const auto given, definition.optional_object("externalParameters"));
  if (given && given->value().contains("image-configuration")) {
    KIF_TRY(const JsonObject configuration, given->object("image-configuration"));
    if (configuration.find("contents") != nullptr)
      KIF_CHECK(read_apko_packages(configuration, list));
  }
  KIF_TRY(const auto parameters, definition.optional_object("internalParameters"));
  if (parameters) {
    KIF_CHECK(read_map(*parameters, false, list));
    for (const auto& [name, value] : parameters->value().items())
      if (value.is_object()) {
        KIF_TRY(const JsonObject inner, JsonObject::of(value, where, parameters->path_of(name)));
        KIF_CHECK(read_map(inner, name == "packages", list));
      }
  }
  KIF_CHECK(read_dependencies(definition, list));
  KIF_TRY(const auto details, root.optional_object("runDetails"));
  if (details) {
    KIF_TRY(const auto metadata, details->optional_object("metadata"));
    if (metadata) {
      KIF_TRY(document.created, metadata->optional_string("finishedOn"));
      if (document.created.empty()) {
        KIF_TRY(document.created, metadata->optional_string("startedOn"));
      }
    }
  }
  std::move(list).finish(document);
  return document;
}

} // namespace kif::sbom
