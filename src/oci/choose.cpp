// SPDX-License-Identifier: Apache-2.0
#include "oci/choose.h"

#include <algorithm>
#include <set>
#include <utility>

#include "oci/cosign_layout.h"
#include "oci/json.h"
#include "oci/media_type.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_max_nesting = 4;    // index.json, an index, and room for what nobody does yet
constexpr std::size_t k_max_documents = 64; // manifests and indexes read on the way to one image
constexpr std::size_t k_max_manifests = 64; // under one name; each may be a platform that somebody works on

constexpr std::uint64_t k_max_index_bytes = std::uint64_t{16} * 1024 * 1024; // of all indexes on the way together
constexpr std::uint64_t k_max_kept_index_bytes = 1024 * 1024; // in memory each takes some six times as much
constexpr std::uint64_t k_max_kept_manifest_bytes = std::uint64_t{4} * 1024 * 1024;

// An image that may be chosen.
struct Leaf {
  Descriptor descriptor;
  IndexPath indexes;
  Platform platform;
  std::optional<LoadedManifest> loaded = {}; ///< where it was read to know the platform, and there was room for it
  std::optional<Error> refused = {};         ///< why it is not an image, which is known when it is read
};

std::string tag_of(const Descriptor& entry) {
  const auto found = entry.annotations.find(std::string(k_ref_name));
  return found == entry.annotations.end() ? std::string() : found->second;
}

} // namespace

class Choices::Chooser {
public:
  Chooser(std::shared_ptr<const BlobStore> store, std::string name)
      : m_store(std::move(store)), m_name(std::move(name)) {}

  Result<std::vector<Descriptor>> entries_of(const Index& index, const std::string& tag) const;
  Result<void> collect(const std::vector<Descriptor>& entries, const IndexPath& indexes);
  Result<Chosen> choose(const Platform& wanted);
  Result<Contents> contents() const;

private:
  Result<IndexPath> whole(const IndexPath& indexes) const;
  Result<std::shared_ptr<Index>> read_index(const Descriptor& entry) const;
  Result<void> collect_index(const Descriptor& entry, const IndexPath& indexes);
  Result<void> collect_manifest(const Descriptor& entry, const IndexPath& indexes);
  Leaf* best_for(const Platform& wanted);
  Result<LoadedManifest> load(const Leaf& leaf) const;
  Result<void> count_document();
  void pass_over(const Descriptor& entry, std::string reason);
  Error no_image() const;

  std::shared_ptr<const BlobStore> m_store;
  std::string m_name;
  std::vector<Leaf> m_leaves;
  std::vector<PassedOver> m_passed_over;
  std::optional<Error> m_refused; // why the first manifest that is not an image is none
  std::size_t m_documents = 0;
  std::uint64_t m_index_bytes = 0;
  std::uint64_t m_kept_bytes = 0;          // of indexes that stay in memory after their entries were collected
  std::set<const Index*> m_emptied;        // the others, of which only the descriptor stays
  std::uint64_t m_kept_manifest_bytes = 0; // of manifests that stay in memory, with their configurations
};

Result<void> Choices::Chooser::count_document() {
  if (++m_documents > k_max_documents)
    return fail(ErrorCode::too_large, "cannot open " + m_name + ": more than " + std::to_string(k_max_documents) +
                                          " manifests and indexes to read");
  return {};
}

// The entries that bear the tag: more than one where a layout lists a tag's platforms side by side.
Result<std::vector<Descriptor>> Choices::Chooser::entries_of(const Index& index, const std::string& tag) const {
  std::vector<Descriptor> entries;
  std::set<std::string> tags;
  for (const Descriptor& entry : index.manifests) {
    if (is_attestation(entry) || is_cosign_attachment(entry))
      continue; // in the layout's own index, of whatever image
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

void Choices::Chooser::pass_over(const Descriptor& entry, std::string reason) {
  m_passed_over.push_back({entry, std::move(reason)});
}

Result<void> Choices::Chooser::collect(const std::vector<Descriptor>& entries, const IndexPath& indexes) {
  if (indexes.size() > k_max_nesting)
    return fail(ErrorCode::too_large,
                "cannot open " + m_name + ": indexes nested deeper than " + std::to_string(k_max_nesting));
  for (const Descriptor& entry : entries) {
    if (is_attestation(entry)) {
      const auto subject = entry.annotations.find("vnd.docker.reference.digest");
      pass_over(entry, "an attestation" + (subject == entry.annotations.end() ? "" : " of " + subject->second));
    } else if (is_manifest_type(entry.media_type)) {
      KIF_CHECK(collect_manifest(entry, indexes));
    } else if (is_index_type(entry.media_type)) {
      KIF_CHECK(collect_index(entry, indexes));
    } else {
      pass_over(entry, entry.media_type);
    }
  }
  return {};
}

Result<void> Choices::Chooser::collect_index(const Descriptor& entry, const IndexPath& indexes) {
  KIF_CHECK(count_document());
  m_index_bytes += std::min(entry.size, k_max_index_bytes);
  if (m_index_bytes > k_max_index_bytes)
    return fail(ErrorCode::too_large, "cannot open " + m_name + ": its indexes are larger than the bound of " +
                                          std::to_string(k_max_index_bytes) + " bytes together");
  KIF_TRY(const auto index, read_index(entry));
  IndexPath path = indexes;
  path.push_back(index);
  KIF_CHECK(collect(index->manifests, path));
  if (m_kept_bytes + entry.size <= k_max_kept_index_bytes) {
    m_kept_bytes += entry.size;
  } else { // it is read again if the image that is chosen stands in it
    *index = Index{{}, {}, entry};
    m_emptied.insert(index.get());
  }
  return {};
}

Result<std::shared_ptr<Index>> Choices::Chooser::read_index(const Descriptor& entry) const {
  const std::string where = "index " + entry.digest.text() + " of " + m_name;
  KIF_TRY(const std::string text, read_json_blob(*m_store, entry, where));
  auto index = std::make_shared<Index>();
  KIF_TRY(*index, Index::parse(text, entry.media_type, where));
  index->descriptor = entry;
  return index;
}

Result<IndexPath> Choices::Chooser::whole(const IndexPath& indexes) const {
  IndexPath path = indexes;
  for (auto& index : path)
    if (m_emptied.contains(index.get())) {
      KIF_TRY(index, read_index(*index->descriptor));
    }
  return path;
}

// What is for which platform an index mostly says. Where it does not, the configuration does; and what has no
// configuration of an image is not one: artifacts stand beside images in indexes.
Result<void> Choices::Chooser::collect_manifest(const Descriptor& entry, const IndexPath& indexes) {
  if (m_leaves.size() == k_max_manifests)
    return fail(ErrorCode::too_large,
                "cannot open " + m_name + ": it has more than " + std::to_string(k_max_manifests) + " manifests");
  Leaf leaf{entry, indexes, entry.platform.value_or(Platform{})};
  if (leaf.platform.os.empty() || leaf.platform.architecture.empty()) {
    KIF_CHECK(count_document());
    auto loaded = load(leaf);
    if (!loaded && loaded.error().code == ErrorCode::unsupported) {
      pass_over(entry, "not an image");
      if (!m_refused)
        m_refused = std::move(loaded).error();
      return {};
    }
    KIF_CHECK(loaded);
    leaf.platform = loaded->config.platform;
    const std::uint64_t bytes = entry.size + loaded->manifest.config.size;
    if (m_kept_manifest_bytes + bytes <= k_max_kept_manifest_bytes) { // else it is read again if it is chosen
      m_kept_manifest_bytes += bytes;
      leaf.loaded = *std::move(loaded);
    }
  }
  m_leaves.push_back(std::move(leaf));
  return {};
}

Result<LoadedManifest> Choices::Chooser::load(const Leaf& leaf) const {
  if (leaf.loaded)
    return *leaf.loaded;
  const std::string where = "the manifest of " + m_name;
  KIF_TRY(const std::string text, read_json_blob(*m_store, leaf.descriptor, where));
  KIF_TRY(Manifest manifest, Manifest::parse(text, leaf.descriptor.media_type, where));
  const std::string config_where = "the configuration of " + m_name;
  KIF_TRY(const std::string config_text, read_json_blob(*m_store, manifest.config, config_where));
  KIF_TRY(nlohmann::json config_json, parse_json(config_text, config_where));
  replace_nulls(config_json);
  KIF_TRY(ImageConfig config, ImageConfig::from_json(config_json, config_where));
  KIF_CHECK(check_layer_count(manifest.layers.size(), config, m_name));
  config.platform.complete(leaf.platform);
  return LoadedManifest{std::move(manifest), std::move(config_json), std::move(config)};
}

Leaf* Choices::Chooser::best_for(const Platform& wanted) {
  // Among equals the first (image-spec, image-index.md, "manifests"); but one that asks for features of the system
  // goes after those that do not.
  const auto rank = [&](const Leaf& leaf) {
    return (leaf.descriptor.os_features.empty() ? 2 : 0) + (leaf.platform == wanted ? 1 : 0);
  };
  Leaf* best = nullptr;
  for (Leaf& leaf : m_leaves)
    if (!leaf.refused && leaf.platform.satisfies(wanted) && (best == nullptr || rank(leaf) > rank(*best)))
      best = &leaf;
  return best;
}

Error Choices::Chooser::no_image() const {
  if (m_refused)
    return *m_refused;
  const auto other = std::find_if(m_passed_over.begin(), m_passed_over.end(),
                                  [](const PassedOver& entry) { return !is_attestation(entry.descriptor); });
  return {ErrorCode::unsupported, "cannot open " + m_name + ": it is not an image" +
                                      (other == m_passed_over.end() ? "" : " but " + other->descriptor.media_type)};
}

Result<Chosen> Choices::Chooser::choose(const Platform& wanted) {
  if (m_leaves.empty() && !m_passed_over.empty())
    return fail(no_image());
  std::vector<std::string> others;
  for (const Leaf& leaf : m_leaves)
    if (!leaf.platform.satisfies(wanted))
      others.push_back(leaf.platform.text());
  while (Leaf* const best = best_for(wanted)) {
    auto loaded = load(*best);
    if (!loaded && loaded.error().code == ErrorCode::unsupported) { // an artifact under the platform's name
      best->refused = std::move(loaded).error();
      continue;
    }
    KIF_CHECK(loaded);
    // An index that says one thing while the image says another; many images leave the variant out.
    Platform& own = loaded->config.platform;
    if (own.variant.empty())
      own.variant = best->platform.variant;
    if (!own.satisfies(wanted))
      return fail(Error(ErrorCode::invalid_input,
                        "cannot open " + m_name + ": its configuration is for another platform than its index says")
                      .with_mismatch(best->platform.text(), own.text()));
    KIF_TRY(IndexPath path, whole(best->indexes));
    return Chosen{best->descriptor, std::move(path), *std::move(loaded)};
  }
  for (const Leaf& leaf : m_leaves)
    if (leaf.refused && leaf.platform.satisfies(wanted))
      return fail(*leaf.refused);
  return fail(Error(ErrorCode::not_found, "cannot open " + m_name + ": it has no image for " + wanted.text())
                  .with_hint(others.empty() ? "" : "there are: " + join_names(others)));
}

Result<Contents> Choices::Chooser::contents() const {
  if (m_leaves.empty())
    return fail(no_image());
  Contents contents{{}, m_passed_over};
  for (const Leaf& leaf : m_leaves)
    if (std::find(contents.platforms.begin(), contents.platforms.end(), leaf.platform) == contents.platforms.end())
      contents.platforms.push_back(leaf.platform);
  return contents;
}

Choices::Choices(std::unique_ptr<Chooser> chooser) : m_chooser(std::move(chooser)) {}
Choices::Choices(Choices&&) noexcept = default;
Choices& Choices::operator=(Choices&&) noexcept = default;
Choices::~Choices() = default;

Result<Choices> Choices::below(std::shared_ptr<const BlobStore> store, const Descriptor& top, std::string name) {
  auto chooser = std::make_unique<Chooser>(std::move(store), std::move(name));
  KIF_CHECK(chooser->collect({top}, {}));
  return Choices(std::move(chooser));
}

Result<Choices> Choices::in_layout(std::shared_ptr<const LayoutStore> store, const std::string& tag, std::string name) {
  const auto index = store->index();
  auto chooser = std::make_unique<Chooser>(std::move(store), std::move(name));
  KIF_TRY(const auto entries, chooser->entries_of(*index, tag));
  KIF_CHECK(chooser->collect(entries, {index}));
  return Choices(std::move(chooser));
}

Result<Chosen> Choices::choose(const Platform& wanted) {
  return m_chooser->choose(wanted);
}

Result<Contents> Choices::contents() const {
  return m_chooser->contents();
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
