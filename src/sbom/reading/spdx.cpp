// SPDX-License-Identifier: Apache-2.0
// SPDX 2.2 and 2.3, JSON. What SPDX calls a package is more than what a package manager installs: apko, melange, syft,
// BuildKit and trivy list the image itself, its layers, its operating system, and the sources that packages were built
// from.
#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "sbom/package_list.h"
#include "sbom/purl.h"
#include "sbom/reading/apk_names.h"
#include "sbom/reading/form.h"

namespace kif::sbom {
namespace {

using nlohmann::json;
using oci::JsonObject;

/// Names that say which certificate covers an image. Whatever else the entry looks like, they are what rules look for.
constexpr std::array<std::string_view, 3> k_indicators = {"NIST-CMVP-", "NIST-ESV-", "NIST-MIP-"};
/// primaryPackagePurpose of what is no package, as the specification writes it; apko writes OPERATING_SYSTEM.
constexpr std::array<std::string_view, 5> k_no_packages = {"CONTAINER", "OPERATING-SYSTEM", "OPERATING_SYSTEM",
                                                           "SOURCE", "FILE"};

/// Relationships (SPDX 2.3, section 11.1) one end of which need not be in what is described.
struct Apart {
  std::string_view kind;
  bool is_first; ///< the end that it is: spdxElementId, or relatedSpdxElement
};
constexpr std::array<Apart, 16> k_apart = {{
    {"GENERATED_FROM", false},
    {"GENERATES", true},
    {"DESCRIBED_BY", false}, // melange: a build's configuration
    {"ANCESTOR_OF", true},
    {"DESCENDANT_OF", false},
    {"BUILD_DEPENDENCY_OF", true},
    {"BUILD_TOOL_OF", true},
    {"DEV_DEPENDENCY_OF", true},
    {"DEV_TOOL_OF", true},
    {"TEST_DEPENDENCY_OF", true},
    {"TEST_TOOL_OF", true},
    {"TEST_OF", true},
    {"OPTIONAL_DEPENDENCY_OF", true},
    {"OPTIONAL_COMPONENT_OF", true},
    {"PROVIDED_DEPENDENCY_OF", true},
    {"EXAMPLE_OF", true},
}};

const Apart* find_apart(std::string_view kind) {
  const auto* const found = std::ranges::find(k_apart, kind, &Apart::kind);
  return found == k_apart.end() ? nullptr : found;
}

struct Relations {
  std::unordered_set<std::string> apart;                     ///< sources, build files, and what only a build needs
  std::unordered_set<std::string> described;                 ///< what the document is about
  std::vector<std::pair<std::string, std::string>> variants; ///< both ends of each VARIANT_OF
};

/// Of the relationships, BuildKit's thousands of "CONTAINS file" among them, those that matter.
Result<Relations> read_relations(const JsonObject& root) {
  Relations result;
  KIF_TRY(const auto described, root.strings("documentDescribes"));
  result.described.insert(described.begin(), described.end());
  const json* const list = root.find("relationships");
  if (list == nullptr)
    return result;
  if (!list->is_array())
    return fail(ErrorCode::invalid_input, "cannot read " + root.where() + ": relationships is not an array");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const json& element = (*list)[i];
    const auto type = element.is_object() ? element.find("relationshipType") : element.end();
    if (type == element.end() || !type->is_string())
      return fail(ErrorCode::invalid_input,
                  "cannot read " + root.where() + ": relationships[" + std::to_string(i) + "] has no relationshipType");
    const auto& kind = type->get_ref<const std::string&>();
    const Apart* const apart = find_apart(kind);
    if (apart == nullptr && kind != "DESCRIBES" && kind != "VARIANT_OF")
      continue;
    KIF_TRY(const JsonObject relation,
            JsonObject::of(element, root.where(), "relationships[" + std::to_string(i) + "]"));
    KIF_TRY(std::string from, relation.string("spdxElementId"));
    KIF_TRY(std::string to, relation.string("relatedSpdxElement"));
    if (kind == "VARIANT_OF")
      result.variants.emplace_back(std::move(from), std::move(to));
    else if (kind == "DESCRIBES")
      result.described.insert(std::move(to));
    else
      result.apart.insert(apart->is_first ? std::move(from) : std::move(to));
  }
  return result;
}

/// The package URL of an entry, the first one by which a package manager installs where it has several; empty for none.
Result<std::string> purl_of(const JsonObject& package) {
  std::string first;
  if (package.find("externalRefs") == nullptr)
    return first;
  KIF_TRY(const auto references, package.objects("externalRefs"));
  for (const JsonObject& reference : references) {
    KIF_TRY(const std::string type, reference.string("referenceType"));
    if (type != "purl")
      continue;
    KIF_TRY(const std::string category, reference.string("referenceCategory"));
    if (category != "PACKAGE-MANAGER" && category != "PACKAGE_MANAGER") // the schema of 2.2 had the underscore
      continue;
    KIF_TRY(std::string locator, reference.string("referenceLocator"));
    if (const auto purl = Purl::parse(locator); purl && purl->ecosystem() != Ecosystem::other)
      return locator;
    if (first.empty())
      first = std::move(locator);
  }
  return first;
}

bool is_indicator(std::string_view name) {
  return std::ranges::any_of(k_indicators, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// Whether an entry is something else than a package in the image: an image or layer by its name, a source or a
/// build's by its relation, or by what it says it is for.
bool is_no_package(const Entry& entry, std::string_view purpose, bool is_apart) {
  return is_apart || Digest::parse(entry.name) || std::ranges::find(k_no_packages, purpose) != k_no_packages.end();
}

/// The digest of an entry that stands for an image: its checksum, or its name.
Result<std::optional<Digest>> digest_of(const JsonObject& package) {
  if (package.find("checksums") != nullptr) {
    KIF_TRY(const auto checksums, package.objects("checksums"));
    for (const JsonObject& checksum : checksums) {
      KIF_TRY(const std::string algorithm, checksum.string("algorithm"));
      KIF_TRY(const std::string value, checksum.string("checksumValue"));
      if (algorithm != "SHA256")
        continue;
      if (auto digest = Digest::parse("sha256:" + value))
        return std::optional(*digest);
    }
  }
  KIF_TRY(const std::string name, package.optional_string("name"));
  const auto digest = Digest::parse(name);
  return digest ? std::optional(*digest) : std::nullopt;
}

/// apko writes INDEX VARIANT_OF IMAGE, the specification means it the other way round: the image is the end that the
/// document is not about.
Result<std::vector<Digest>> variants_of(const JsonObject& root, const Relations& relations) {
  std::vector<Digest> result;
  if (relations.variants.empty() || root.find("packages") == nullptr)
    return result;
  std::unordered_set<std::string_view> images;
  for (const auto& [from, to] : relations.variants)
    images.insert(relations.described.contains(to) ? from : to);
  KIF_TRY(const auto packages, root.objects("packages"));
  for (const JsonObject& package : packages) {
    KIF_TRY(const std::string id, package.optional_string("SPDXID"));
    if (!images.contains(id))
      continue;
    KIF_TRY(const auto digest, digest_of(package));
    if (digest)
      result.push_back(*digest);
  }
  std::ranges::sort(result);
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

Result<bool> is_of_apko(const JsonObject& creation) {
  KIF_TRY(const auto creators, creation.strings("creators"));
  return std::ranges::any_of(creators, [](std::string_view creator) {
    return creator.starts_with("Tool: apko") || creator.starts_with("Tool: melange");
  });
}

/// Old apko left out some package URLs. Where nothing else than apk packages stands beside it, an entry without one
/// that has the shape of an apk package is one.
void find_apk_among_others(std::vector<Package>& packages, bool of_apko) {
  const auto has = [&](Ecosystem ecosystem) {
    return std::ranges::any_of(packages, [&](const Package& package) { return package.ecosystem == ecosystem; });
  };
  if (has(Ecosystem::deb) || has(Ecosystem::rpm) || (!of_apko && !has(Ecosystem::apk)))
    return;
  for (Package& package : packages)
    if (package.purl.empty() && fits_apk(package.name, package.version))
      package.ecosystem = Ecosystem::apk;
}

Result<void> read_packages(const JsonObject& root, const Relations& relations, PackageList& list) {
  const json* const packages = root.find("packages");
  if (packages == nullptr)
    return {};
  if (!packages->is_array())
    return fail(ErrorCode::invalid_input, "cannot read " + root.where() + ": packages is not an array");
  for (std::size_t i = 0; i < packages->size(); ++i) {
    KIF_TRY(const JsonObject package,
            JsonObject::of((*packages)[i], root.where(), "packages[" + std::to_string(i) + "]"));
    Entry entry;
    KIF_TRY(entry.name, package.optional_string("name"));
    KIF_TRY(entry.version, package.optional_string("versionInfo"));
    KIF_TRY(entry.purl, purl_of(package));
    KIF_TRY(const std::string purpose, package.optional_string("primaryPackagePurpose"));
    KIF_TRY(const std::string id, package.optional_string("SPDXID"));
    if (!is_indicator(entry.name) && is_no_package(entry, purpose, relations.apart.contains(id))) {
      // Left out, it would be hidden from the rule that excludes it.
      if (!is_of_package_manager(entry.purl))
        continue;
      entry.presence = Presence::elsewhere;
    }
    KIF_CHECK(list.add(std::move(entry)));
  }
  return {};
}

} // namespace

Result<Document> read_spdx(const json& json, const std::string& where) {
  KIF_TRY(const JsonObject root, JsonObject::of(json, where));
  Document document;
  document.format = Format::spdx_json;
  KIF_TRY(const std::string version, root.string("spdxVersion"));
  if (version != "SPDX-2.2" && version != "SPDX-2.3")
    return fail(Error(ErrorCode::unsupported, "cannot read " + where + ": this version of SPDX is not supported")
                    .with_mismatch("SPDX-2.2 or SPDX-2.3", version));
  document.format_version = version.substr(5);
  KIF_TRY(document.name, root.optional_string("name"));
  KIF_TRY(const JsonObject creation, root.object("creationInfo"));
  KIF_TRY(document.created, creation.optional_string("created"));

  KIF_TRY(const Relations relations, read_relations(root));
  PackageList list(where);
  KIF_CHECK(read_packages(root, relations, list));
  KIF_TRY(const bool of_apko, is_of_apko(creation));
  find_apk_among_others(list.packages(), of_apko);
  std::move(list).finish(document);
  KIF_TRY(document.variants, variants_of(root, relations));
  return document;
}

} // namespace kif::sbom
