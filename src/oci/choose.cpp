// SPDX-License-Identifier: Apache-2.0
#include "oci/choose.h"

#include <algorithm>
#include <set>

#include "oci/cosign_layout.h"
#include "oci/json.h"
#include "oci/media_type.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_max_nesting = 4;    // index.json, an index, and room for what nobody does yet
constexpr std::size_t k_max_documents = 64; // manifests and indexes read on the way to one image
constexpr std::size_t k_max_manifests = 64; // under one name; each may be a platform that somebody works on

struct Leaf {
  Descriptor descriptor;
  std::vector<Index> indexes;
  Platform platform;
  std::optional<LoadedManifest> loaded;
};

std::string tag_of(const Descriptor& entry) {
  const auto found = entry.annotations.find(std::string(k_ref_name));
  return found == entry.annotations.end() ? std::string() : found->second;
}

class Chooser {
public:
  Chooser(const BlobStore& store, const std::string& name) : m_store(store), m_name(name) {}

  Result<std::vector<Descriptor>> entries_of(const Index& index, const std::string& tag) const;
  Result<void> collect(const std::vector<Descriptor>& entries, const std::vector<Index>& indexes);
  Result<Chosen> choose(const Platform& wanted);
  Result<std::vector<Platform>> platforms() const;

private:
  Result<void> collect_manifest(const Descriptor& entry, const std::vector<Index>& indexes);
  Result<LoadedManifest> load(const Descriptor& descriptor) const;
  Result<void> count_document();

  const BlobStore& m_store;
  const std::string& m_name;
  std::vector<Leaf> m_leaves;
  std::vector<std::string> m_other_types;
  std::size_t m_documents = 0;
};

Result<void> Chooser::count_document() {
  if (++m_documents > k_max_documents)
    return fail(ErrorCode::too_large, "cannot open " + m_name + ": more than " + std::to_string(k_max_documents) +
                                          " manifests and indexes to read");
  return {};
}

// The entries that bear the tag: more than one where a layout lists a tag's platforms side by side.
Result<std::vector<Descriptor>> Chooser::entries_of(const Index& index, const std::string& tag) const {
  std::vector<Descriptor> entries;
  std::set<std::string> tags;
  for (const Descriptor& entry : index.manifests) {
    if (is_attestation(entry) || is_cosign_attachment(entry))
      continue;
    tags.insert(tag_of(entry));
    if (tag.empty() || tag_of(entry) == tag)
      entries.push_back(entry);
  }
  std::vector<std::string> named(tags.begin(), tags.end());
  std::erase(named, "");
  if (entries.empty())
    return fail(Error(ErrorCode::not_found, "cannot open " + m_name + ": " +
                                                (tag.empty() ? "it holds no image" : "it has no tag \"" + tag + "\""))
                    .with_hint(named.empty() ? "" : "there are: " + join_names(named)));
  if (tags.size() > 1 && tag.empty())
    return fail(Error(ErrorCode::not_found, "cannot open " + m_name + ": it holds more than one image, name a tag")
                    .with_hint("there are: " + join_names(named)));
  return entries;
}

Result<void> Chooser::collect(const std::vector<Descriptor>& entries, const std::vector<Index>& indexes) {
  if (indexes.size() > k_max_nesting)
    return fail(ErrorCode::too_large,
                "cannot open " + m_name + ": indexes nested deeper than " + std::to_string(k_max_nesting));
  for (const Descriptor& entry : entries) {
    if (is_attestation(entry))
      continue;
    if (is_manifest_type(entry.media_type)) {
      KIF_CHECK(collect_manifest(entry, indexes));
    } else if (is_index_type(entry.media_type)) {
      KIF_CHECK(count_document());
      const std::string where = "index " + entry.digest.text() + " of " + m_name;
      KIF_TRY(const std::string text, read_json_blob(m_store, entry, where));
      KIF_TRY(Index index, Index::parse(text, entry.media_type, where));
      index.descriptor = entry;
      std::vector<Index> path = indexes;
      path.push_back(index);
      KIF_CHECK(collect(index.manifests, path));
    } else {
      m_other_types.push_back(entry.media_type);
    }
  }
  return {};
}

// What is for which platform an index mostly says. Where it does not, the configuration does.
Result<void> Chooser::collect_manifest(const Descriptor& entry, const std::vector<Index>& indexes) {
  if (m_leaves.size() == k_max_manifests)
    return fail(ErrorCode::too_large,
                "cannot open " + m_name + ": it has more than " + std::to_string(k_max_manifests) + " manifests");
  Leaf leaf{entry, indexes, entry.platform.value_or(Platform{}), std::nullopt};
  if (leaf.platform.os.empty() || leaf.platform.architecture.empty()) {
    KIF_CHECK(count_document());
    KIF_TRY(leaf.loaded, load(entry));
    leaf.platform = leaf.loaded->config.platform;
  }
  m_leaves.push_back(std::move(leaf));
  return {};
}

Result<LoadedManifest> Chooser::load(const Descriptor& descriptor) const {
  const std::string where = "the manifest of " + m_name;
  KIF_TRY(const std::string text, read_json_blob(m_store, descriptor, where));
  KIF_TRY(Manifest manifest, Manifest::parse(text, descriptor.media_type, where));
  const std::string config_where = "the configuration of " + m_name;
  KIF_TRY(const std::string config_text, read_json_blob(m_store, manifest.config, config_where));
  KIF_TRY(nlohmann::json config_json, parse_json(config_text, config_where));
  KIF_TRY(ImageConfig config, ImageConfig::from_json(config_json, config_where));
  KIF_CHECK(check_layer_count(manifest.layers.size(), config, m_name));
  return LoadedManifest{std::move(manifest), std::move(config_json), std::move(config)};
}

Result<Chosen> Chooser::choose(const Platform& wanted) {
  Leaf* best = nullptr;
  std::vector<std::string> others;
  for (Leaf& leaf : m_leaves) {
    if (!leaf.platform.satisfies(wanted))
      others.push_back(leaf.platform.text());
    else if (best == nullptr || (best->platform != wanted && leaf.platform == wanted))
      best = &leaf; // among equals the first (image-spec, image-index.md, "manifests")
  }
  if (m_leaves.empty() && !m_other_types.empty())
    return fail(ErrorCode::unsupported, "cannot open " + m_name + ": it is no image but " + m_other_types.front());
  if (best == nullptr)
    return fail(Error(ErrorCode::not_found, "cannot open " + m_name + ": it has no image for " + wanted.text())
                    .with_hint(others.empty() ? "" : "there are: " + join_names(others)));
  if (!best->loaded) {
    KIF_TRY(best->loaded, load(best->descriptor));
  }
  // An index that says one thing while the image says another; many images leave the variant out.
  Platform& own = best->loaded->config.platform;
  if (own.variant.empty())
    own.variant = best->platform.variant;
  if (!own.satisfies(wanted))
    return fail(Error(ErrorCode::invalid_input,
                      "cannot open " + m_name + ": its configuration is for another platform than its index says")
                    .with_mismatch(best->platform.text(), own.text()));
  return Chosen{std::move(best->descriptor), std::move(best->indexes), std::move(*best->loaded)};
}

Result<std::vector<Platform>> Chooser::platforms() const {
  if (m_leaves.empty())
    return fail(ErrorCode::unsupported, "cannot open " + m_name + ": it is no image" +
                                            (m_other_types.empty() ? "" : " but " + m_other_types.front()));
  std::vector<Platform> platforms;
  for (const Leaf& leaf : m_leaves)
    if (std::find(platforms.begin(), platforms.end(), leaf.platform) == platforms.end())
      platforms.push_back(leaf.platform);
  return platforms;
}

Result<Chooser> read_indexes(const BlobStore& store, const Descriptor& top, const std::string& name) {
  Chooser chooser(store, name);
  KIF_CHECK(chooser.collect({top}, {}));
  return chooser;
}

Result<Chooser> read_indexes(const LayoutStore& store, const std::string& tag, const std::string& name) {
  Chooser chooser(store, name);
  KIF_TRY(const Index index, store.read_index());
  KIF_TRY(const auto entries, chooser.entries_of(index, tag));
  KIF_CHECK(chooser.collect(entries, {index}));
  return chooser;
}

} // namespace

Result<Chosen> choose_manifest(const LayoutStore& store, const std::string& tag, const Platform& wanted,
                               const std::string& name) {
  KIF_TRY(Chooser chooser, read_indexes(store, tag, name));
  return chooser.choose(wanted);
}

Result<Chosen> choose_manifest(const BlobStore& store, const Descriptor& top, const Platform& wanted,
                               const std::string& name) {
  KIF_TRY(Chooser chooser, read_indexes(store, top, name));
  return chooser.choose(wanted);
}

Result<std::vector<Platform>> platforms_in(const BlobStore& store, const Descriptor& top, const std::string& name) {
  KIF_TRY(const Chooser chooser, read_indexes(store, top, name));
  return chooser.platforms();
}

Result<std::vector<Platform>> platforms_in(const LayoutStore& store, const std::string& tag, const std::string& name) {
  KIF_TRY(const Chooser chooser, read_indexes(store, tag, name));
  return chooser.platforms();
}

Result<void> check_layer_count(std::size_t layers, const ImageConfig& config, const std::string& name) {
  if (layers != config.diff_ids.size())
    return fail(Error(ErrorCode::invalid_input, "cannot open " + name + ": its manifest and its configuration disagree")
                    .with_mismatch(std::to_string(layers) + " diff_ids, one for each layer",
                                   std::to_string(config.diff_ids.size())));
  return {};
}

std::string join_names(const std::vector<std::string>& names) {
  constexpr std::size_t k_most = 20;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < k_most; ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > k_most ? text + ", …" : text;
}

} // namespace kif::oci
