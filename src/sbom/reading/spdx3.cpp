// SPDX-License-Identifier: Apache-2.0
// SPDX 3.0, JSON-LD: the core and software profiles (https://spdx.github.io/spdx-spec/v3.0.1/). A flat list of
// elements, of which packages and relationships are looked at.
#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>

#include "base/quote.h"
#include "sbom/package_list.h"
#include "sbom/purl.h"
#include "sbom/reading/form.h"

namespace kif::sbom {
namespace {

using nlohmann::json;
using oci::JsonObject;

/// software_primaryPurpose of what is no package.
constexpr std::array<std::string_view, 4> k_no_packages = {"container", "operatingSystem", "source", "file"};
/// relationshipType whose `to` need not be in what `from` is.
constexpr std::array<std::string_view, 7> k_apart_to = {
    "ancestorOf", "hasExample", "hasOptionalComponent", "hasOptionalDependency", "hasProvidedDependency",
    "hasTest",    "usesTool"};
/// and whose `from` need not be in what `to` is.
constexpr std::array<std::string_view, 2> k_apart_from = {"descendantOf", "generates"};
/// Of a LifecycleScopedRelationship: only in these is what it names there when the image runs.
constexpr std::array<std::string_view, 2> k_scopes_of_image = {"", "runtime"};

template <std::size_t Size>
bool is_one_of(const std::array<std::string_view, Size>& names, std::string_view name) noexcept {
  return std::ranges::find(names, name) != names.end();
}

/// Ids of elements that need not be in the image.
using Apart = std::unordered_set<std::string>;

Result<void> read_relation(const JsonObject& element, Apart& apart) {
  KIF_TRY(const std::string kind, element.string("relationshipType"));
  KIF_TRY(const std::string scope, element.optional_string("scope"));
  // "dependsOn" with the scope "build" is what SPDX 2 calls BUILD_DEPENDENCY_OF.
  const bool to_is_apart = is_one_of(k_apart_to, kind) || !is_one_of(k_scopes_of_image, scope);
  if (is_one_of(k_apart_from, kind)) {
    KIF_TRY(std::string from, element.string("from"));
    apart.insert(std::move(from));
  } else if (to_is_apart) {
    KIF_TRY(std::vector<std::string> to, element.strings("to"));
    for (std::string& id : to)
      apart.insert(std::move(id));
  }
  return {};
}

/// The package URL, by its own member or as an identifier; the first by which a package manager installs.
Result<std::string> purl_of(const JsonObject& package) {
  KIF_TRY(std::string first, package.optional_string("software_packageUrl"));
  if (package.find("externalIdentifier") == nullptr || is_of_package_manager(first))
    return first;
  KIF_TRY(const auto identifiers, package.objects("externalIdentifier"));
  for (const JsonObject& identifier : identifiers) {
    KIF_TRY(const std::string kind, identifier.string("externalIdentifierType"));
    if (kind != "packageUrl")
      continue;
    KIF_TRY(std::string text, identifier.string("identifier"));
    if (is_of_package_manager(text))
      return text;
    if (first.empty())
      first = std::move(text);
  }
  return first;
}

Result<void> read_package(const JsonObject& element, const Apart& apart, PackageList& list) {
  Entry entry;
  KIF_TRY(entry.name, element.optional_string("name"));
  KIF_TRY(entry.version, element.optional_string("software_packageVersion"));
  KIF_TRY(entry.purl, purl_of(element));
  KIF_TRY(const std::string purpose, element.optional_string("software_primaryPurpose"));
  KIF_TRY(const std::string id, element.string("spdxId"));
  if (apart.contains(id) || is_one_of(k_no_packages, purpose) || Digest::parse(entry.name)) {
    if (!is_of_package_manager(entry.purl)) // as in SPDX 2
      return {};
    entry.presence = Presence::elsewhere;
  }
  return list.add(std::move(entry));
}

/// The version that its context says. invalid_input: another vocabulary than SPDX's; unsupported: another version.
Result<std::string> version_of(const JsonObject& root) {
  constexpr std::string_view start = "https://spdx.org/rdf/";
  constexpr std::string_view end = "/spdx-context.jsonld";
  const json* const context = root.find("@context");
  std::string_view text;
  if (context != nullptr && context->is_string())
    text = context->get_ref<const std::string&>();
  if (!text.starts_with(start) || !text.ends_with(end) || text.size() <= start.size() + end.size())
    return fail(Error(ErrorCode::invalid_input, "cannot read " + root.where() + ": JSON-LD that is not SPDX")
                    .with_mismatch("the @context https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
                                   text.empty() ? std::string("none") : in_quotes(text)));
  const std::string_view version = text.substr(start.size(), text.size() - start.size() - end.size());
  if (version != "3.0.0" && version != "3.0.1")
    return fail(Error(ErrorCode::unsupported, "cannot read " + root.where() + ": this version of SPDX is not supported")
                    .with_mismatch("3.0.0 or 3.0.1", shortened(version)));
  return std::string(version);
}

/// Calls `read` with each element of one of the types.
template <class Read>
Result<void> for_each(const JsonObject& root, std::initializer_list<std::string_view> types, Read read) {
  const json& graph = *root.find("@graph");
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const auto type = graph[i].is_object() ? graph[i].find("type") : graph[i].end();
    if (type == graph[i].end() || !type->is_string())
      return fail(ErrorCode::invalid_input,
                  "cannot read " + root.where() + ": @graph[" + std::to_string(i) + "] has no type");
    if (std::ranges::find(types, type->get_ref<const std::string&>()) == types.end())
      continue;
    KIF_TRY(const JsonObject element, JsonObject::of(graph[i], root.where(), "@graph[" + std::to_string(i) + "]"));
    KIF_CHECK(read(element));
  }
  return {};
}

} // namespace

Result<Document> read_spdx3(const json& json, const std::string& where) {
  KIF_TRY(const JsonObject root, JsonObject::of(json, where));
  Document document;
  document.format = Format::spdx_json;
  KIF_TRY(document.format_version, version_of(root));
  if (root.find("@graph") == nullptr || !root.find("@graph")->is_array())
    return fail(ErrorCode::invalid_input, "cannot read " + where + ": @graph is not an array");
  KIF_CHECK(for_each(root, {"SpdxDocument"}, [&](const JsonObject& element) -> Result<void> {
    KIF_TRY(document.name, element.optional_string("name"));
    return {};
  }));
  KIF_CHECK(for_each(root, {"CreationInfo"}, [&](const JsonObject& element) -> Result<void> {
    if (document.created.empty()) {
      KIF_TRY(document.created, element.optional_string("created"));
    }
    return {};
  }));
  Apart apart;
  KIF_CHECK(for_each(root, {"Relationship", "LifecycleScopedRelationship"},
                     [&](const JsonObject& element) { return read_relation(element, apart); }));
  PackageList list(where);
  KIF_CHECK(for_each(root, {"software_Package"},
                     [&](const JsonObject& element) { return read_package(element, apart, list); }));
  std::move(list).finish(document);
  return document;
}

} // namespace kif::sbom
