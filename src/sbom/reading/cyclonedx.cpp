// SPDX-License-Identifier: Apache-2.0
// CycloneDX 1.4 to 1.7 (ECMA-424), JSON.
#include <algorithm>
#include <array>

#include "sbom/package_list.h"
#include "sbom/purl.h"
#include "sbom/reading/form.h"

namespace kif::sbom {
namespace {

using oci::JsonObject;

constexpr std::array<std::string_view, 4> k_versions = {"1.4", "1.5", "1.6", "1.7"};

/// Components that are not software which somebody packaged and installed.
constexpr std::array<std::string_view, 6> k_no_packages = {
    "container", "operating-system", "file", "cryptographic-asset", "data", "machine-learning-model"};

/// Components hold components; how deep is bounded by the depth of the JSON.
Result<void> read_components(const JsonObject& parent, PackageList& list) {
  if (parent.find("components") == nullptr)
    return {};
  KIF_TRY(const auto components, parent.objects("components"));
  for (const JsonObject& component : components) {
    KIF_TRY(const std::string type, component.string("type"));
    KIF_TRY(const std::string scope, component.optional_string("scope"));
    Entry entry;
    KIF_TRY(entry.purl, component.optional_string("purl"));
    // "excluded": for building or testing; "optional": not installed (ECMA-424, component.scope).
    const bool is_installed =
        scope != "excluded" && scope != "optional" && std::ranges::find(k_no_packages, type) == k_no_packages.end();
    if (is_installed || is_of_package_manager(entry.purl)) {
      entry.presence = is_installed ? Presence::installed : Presence::elsewhere;
      KIF_TRY(entry.name, component.optional_string("name"));
      KIF_TRY(entry.version, component.optional_string("version"));
      KIF_CHECK(list.add(std::move(entry)));
    }
    KIF_CHECK(read_components(component, list));
  }
  return {};
}

} // namespace

Result<Document> read_cyclonedx(const nlohmann::json& json, const std::string& where) {
  KIF_TRY(const JsonObject root, JsonObject::of(json, where));
  Document document;
  document.format = Format::cyclonedx_json;
  KIF_TRY(const std::string format, root.string("bomFormat"));
  if (format != "CycloneDX")
    return fail(Error(ErrorCode::invalid_input, "cannot read " + where + ": bomFormat is not CycloneDX's")
                    .with_mismatch("CycloneDX", format));
  KIF_TRY(document.format_version, root.string("specVersion"));
  if (std::ranges::find(k_versions, document.format_version) == k_versions.end())
    return fail(Error(ErrorCode::unsupported, "cannot read " + where + ": this version of CycloneDX is not supported")
                    .with_mismatch("1.4, 1.5, 1.6 or 1.7", document.format_version));
  PackageList list(where);
  KIF_TRY(const auto metadata, root.optional_object("metadata"));
  if (metadata) {
    KIF_TRY(document.created, metadata->optional_string("timestamp"));
    KIF_TRY(const auto described, metadata->optional_object("component"));
    if (described) {
      KIF_TRY(document.name, described->optional_string("name"));
      KIF_CHECK(read_components(*described, list));
    }
  }
  KIF_CHECK(read_components(root, list));
  std::move(list).finish(document);
  return document;
}

} // namespace kif::sbom
