// SPDX-License-Identifier: Apache-2.0
// apko's configuration of an image, as it is attested (https://apko.dev/image-configuration): contents.packages, each
// "NAME", or "NAME=VERSION" where the configuration was locked.
#include <algorithm>

#include "sbom/package_list.h"
#include "sbom/reading/form.h"

namespace kif::sbom {
namespace {

using oci::JsonObject;

/// A dependency as apk writes it: NAME, then a comparison with a version, then @ and the repository's tag. Only = says
/// which version it is.
Package package_of(std::string_view dependency) {
  const std::size_t name_end = std::min(dependency.find_first_of("=<>~@"), dependency.size());
  std::string_view version = dependency.substr(name_end);
  version = version.starts_with('=') ? version.substr(1, version.find('@') - 1) : std::string_view();
  return {std::string(dependency.substr(0, name_end)), std::string(version), Ecosystem::apk, {}, {}};
}

} // namespace

Result<void> read_apko_packages(const JsonObject& configuration, PackageList& list) {
  KIF_TRY(const JsonObject contents, configuration.object("contents"));
  KIF_TRY(const auto dependencies, contents.strings("packages"));
  KIF_TRY(const auto architectures, configuration.strings("archs"));
  for (const std::string& dependency : dependencies) {
    if (dependency.starts_with('!')) // must not be there
      continue;
    Package package = package_of(dependency);
    if (architectures.size() == 1)
      package.architecture = architectures.front();
    if (package.name.empty())
      list.leave_out(LeftOut::without_name);
    else
      KIF_CHECK(list.add(std::move(package)));
  }
  return {};
}

Result<Document> read_apko(const nlohmann::json& json, const std::string& where) {
  KIF_TRY(const JsonObject root, JsonObject::of(json, where));
  Document document;
  document.format = Format::apko_configuration;
  PackageList list(where);
  KIF_CHECK(read_apko_packages(root, list));
  std::move(list).finish(document);
  return document;
}

} // namespace kif::sbom
