// SPDX-License-Identifier: Apache-2.0
#include "cli/sbom_source.h"

#include <filesystem>

#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace kif::cli {
namespace {

Result<sbom::Search> search_folder(const std::filesystem::path& folder, const sbom::SearchOptions& options) {
  std::error_code ignored;
  if (!std::filesystem::exists(folder / "oci-layout", ignored))
    return sbom::find_sboms_in_folder(folder, options);
  KIF_TRY(const oci::ImageName name, oci::ImageName::parse("oci:" + folder.string()));
  return sbom::find_sboms(name, options);
}

// Of what is no path.
Result<oci::ImageName> image_name(const std::string& image) {
  auto name = oci::ImageName::parse(image);
  if (!name && image.find(':') == std::string::npos)
    return fail(Error(ErrorCode::not_found, "cannot find " + image + ": there is no such file or folder")
                    .with_hint("an image's name begins with its transport: docker://HOST/NAME:TAG, oci:DIR:TAG, …"));
  return name;
}

Result<sbom::Search> search(const std::string& image, const sbom::SearchOptions& options) {
  std::error_code ignored;
  const std::filesystem::path path(image);
  if (std::filesystem::is_directory(path, ignored))
    return search_folder(path, options);
  if (std::filesystem::exists(path, ignored))
    return sbom::read_sbom_file(path, options);
  KIF_TRY(const oci::ImageName name, image_name(image));
  return sbom::find_sboms(name, options);
}

} // namespace

void add_sbom_options(CLI::App& command, SbomSource& source) {
  repeatable(command.add_option("--key", source.keys,
                                "a public key in PEM that must have signed what bears a signature; repeatable"),
             "FILE");
  command.add_flag("--all", source.look_everywhere,
                   "read the image's files too, even if an SBOM was found beside it; fetches all layers");
  add_registry_flags(command, source.registry);
}

Result<SbomQuery> understand(const SbomSource& source) {
  SbomQuery query{source, {}, std::nullopt};
  for (const std::string& file : source.keys) {
    KIF_TRY(sbom::PublicKey key, sbom::PublicKey::read(file));
    query.keys.push_back(std::move(key));
  }
  if (!source.platform.empty()) {
    KIF_TRY(query.platform, oci::Platform::parse(source.platform));
  }
  std::error_code ignored;
  const std::filesystem::path path(source.image);
  if (!std::filesystem::exists(path, ignored))
    KIF_CHECK(image_name(source.image));
  else if (query.platform && !std::filesystem::exists(path / "oci-layout", ignored))
    return fail(ErrorCode::invalid_input, "cannot use --platform: " + source.image + " is not an image");
  return query;
}

Result<sbom::Search> search_sboms(const SbomQuery& query, Terminal& terminal) {
  sbom::SearchOptions options;
  options.platform = query.platform;
  options.registry = registry_opener(query.source.registry, terminal);
  options.reading = {.keys = query.keys, .keep_published = query.source.keep_published};
  options.look_everywhere = query.source.look_everywhere;
  options.progress = [&terminal](std::string_view text) { terminal.progress(text); };
  return search(query.source.image, options);
}

} // namespace kif::cli
