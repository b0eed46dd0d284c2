// SPDX-License-Identifier: Apache-2.0
#include "sbom/finding/find.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fcntl.h>

#include "base/file.h"
#include "oci/source.h"
#include "sbom/finding/attached.h"
#include "sbom/finding/collection.h"
#include "sbom/finding/root_files.h"

namespace kif::sbom {
namespace {

std::string created_of(const nlohmann::json& config) {
  const auto created = config.find("created");
  return created != config.end() && created->is_string() ? created->get<std::string>() : std::string();
}

/// A label that names no layer of the image names none.
std::string kif_layer_of(const nlohmann::json& config) {
  const nlohmann::json none = nlohmann::json::object();
  const auto member = [&none](const nlohmann::json& of, const char* name) -> const nlohmann::json& {
    const auto found = of.find(name);
    return of.is_object() && found != of.end() ? *found : none;
  };
  const nlohmann::json& label = member(member(member(config, "config"), "Labels"), "kif.layer.diff-id");
  const nlohmann::json& layers = member(member(config, "rootfs"), "diff_ids");
  return label.is_string() && layers.is_array() && std::ranges::find(layers, label) != layers.end()
             ? label.get<std::string>()
             : std::string();
}

Search search_of(const oci::Image& image) {
  Search search;
  search.image = image.name().text();
  search.platform = image.platform().text();
  search.created = created_of(image.config_json());
  search.kif_layer = kif_layer_of(image.config_json());
  if (image.manifest_descriptor())
    search.manifest_digest = image.manifest_descriptor()->digest;
  for (const auto& index : image.indexes()) // the outermost that has a digest is what a tag stands for
    if (index->descriptor && !search.index_digest)
      search.index_digest = index->descriptor->digest;
  return search;
}

// What comes first is less. A signature that nobody checked is as good as none: anybody can write one.
auto preference(const Found& found) noexcept {
  return std::make_tuple(!found.reading.document.lists_what_is_there(),
                         found.reading.signature != SignatureState::verified, found.subject_is_index, found.route);
}

} // namespace

Result<Search> find_sboms(const oci::ImageName& name, const SearchOptions& options) {
  KIF_TRY(const oci::Image image, oci::open_image(name, {.platform = options.platform, .registry = options.registry}));
  Search search = search_of(image);
  Collection collection(search, options);
  if (image.repository() != nullptr)
    collect_attached(*image.repository(), search.image, collection);
  if (image.manifest_descriptor())
    collect_buildkit(image, collection);
  if (collection.has_list_of_packages() && !options.look_everywhere) {
    search.root_was_passed_over = true;
    return search;
  }
  collection.progress("reading the layers of " + search.image);
  const auto subjects = collection.subjects();
  auto files = root_files_of(image);
  if (files)
    collect_root_files(*std::move(files), search.image,
                       subjects.empty() ? std::nullopt : std::optional(subjects.front()), collection);
  else if (files.error().code == ErrorCode::digest_mismatch)
    return fail(std::move(files).error()); // not the image that its digest names
  else
    collection.refuse(Route::root_file_system, search.image, std::move(files).error());
  return search;
}

Result<Search> read_sbom_file(const std::filesystem::path& file, const SearchOptions& options) {
  KIF_TRY(UniqueFd fd, open_file(file, O_RDONLY)); // it may be a pipe
  FdReader reader(std::move(fd), file.string());
  KIF_TRY(std::string text, read_to_end(reader, k_max_document_bytes, file.string()));
  Search search;
  search.image = file.string();
  Collection collection(search, options);
  collection.looked(Route::file);
  collection.add_text(Route::file, file.string(), std::nullopt, std::move(text));
  return search;
}

Result<Search> find_sboms_in_folder(const std::filesystem::path& root, const SearchOptions& options) {
  Search search;
  search.image = root.string();
  Collection collection(search, options);
  collect_root_files(root_files_in(root, collection), root.string(), std::nullopt, collection);
  return search;
}

const Found* best_document(const Search& search) noexcept {
  const Found* best = nullptr;
  for (const Found& found : search.found)
    if (!found.reading.document.packages.empty() && (best == nullptr || preference(found) < preference(*best)))
      best = &found;
  return best;
}

} // namespace kif::sbom
