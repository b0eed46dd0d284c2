// SPDX-License-Identifier: Apache-2.0
#include "sbom/writing/spdx.h"

#include <nlohmann/json.hpp>

#include "digest/digest.h"
#include "sbom/purl.h"

namespace kif::sbom {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* k_no_time = "1970-01-01T00:00:00Z"; // SPDX must have one; what was converted had none
constexpr const char* k_namespace = "https://spdx.org/spdxdocs/kif-";

/// The document's, else that of the image that it was found in.
std::string time_of(const Document& document, const Search& search) {
  const std::string& created = document.created.empty() ? search.created : document.created;
  return created.empty() ? k_no_time : created;
}

Json package_json(const Package& package, std::size_t number) {
  Json json = {{"SPDXID", "SPDXRef-Package-" + std::to_string(number)},
               {"name", package.name},
               {"downloadLocation", "NOASSERTION"},
               {"filesAnalyzed", false}};
  if (!package.version.empty())
    json["versionInfo"] = package.version;
  const std::string purl = package.purl.empty()
                               ? make_purl(package.ecosystem, package.name, package.version, package.architecture)
                               : package.purl;
  if (!purl.empty())
    json["externalRefs"] = Json::array(
        {{{"referenceCategory", "PACKAGE-MANAGER"}, {"referenceType", "purl"}, {"referenceLocator", purl}}});
  return json;
}

} // namespace

Json to_spdx(const Found& found, const Search& search) {
  const Document& document = found.reading.document;
  if (document.format == Format::spdx_json && !found.reading.published.empty())
    return Json::parse(found.reading.published);
  Json packages = Json::array();
  Json relationships = Json::array();
  for (std::size_t i = 0; i < document.packages.size(); ++i) {
    packages.push_back(package_json(document.packages[i], i + 1));
    relationships.push_back({{"spdxElementId", "SPDXRef-DOCUMENT"},
                             {"relationshipType", "DESCRIBES"},
                             {"relatedSpdxElement", packages.back()["SPDXID"]}});
  }
  const Digest content = Digest::of(packages.dump(-1, ' ', false, Json::error_handler_t::replace));
  return {{"spdxVersion", "SPDX-2.3"},
          {"dataLicense", "CC0-1.0"},
          {"SPDXID", "SPDXRef-DOCUMENT"},
          {"name", document.name.empty() ? search.image : document.name},
          {"documentNamespace", k_namespace + content.hex()},
          {"creationInfo",
           {{"created", time_of(document, search)},
            {"creators", Json::array({"Tool: kif"})},
            {"comment", "converted from " + std::string(to_string(document.format)) + ": " + found.where}}},
          {"packages", std::move(packages)},
          {"relationships", std::move(relationships)}};
}

} // namespace kif::sbom
