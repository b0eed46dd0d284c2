// SPDX-License-Identifier: Apache-2.0
#include "sbom/finding/attached.h"

#include <algorithm>
#include <set>
#include <utility>

#include "oci/artifact.h"

namespace kif::sbom {
namespace {

constexpr std::string_view k_reference_type = "vnd.docker.reference.type";
constexpr std::string_view k_reference_digest = "vnd.docker.reference.digest";

/// Media types of root file systems and of signatures that are no document: not worth a look.
bool is_of_files(std::string_view media_type) {
  return media_type.starts_with("application/vnd.oci.image.layer.") ||
         media_type.starts_with("application/vnd.docker.image.rootfs.") ||
         media_type == "application/vnd.dev.cosign.simplesigning.v1+json";
}

std::string annotation(const oci::Descriptor& descriptor, std::string_view key) {
  const auto found = descriptor.annotations.find(std::string(key));
  return found == descriptor.annotations.end() ? std::string() : found->second;
}

// Reads the layers of one manifest that hold documents. Each manifest is read once, by whatever ways it is reached.
class Attached {
public:
  Attached(const oci::BlobStore& store, std::string name, Collection& collection)
      : m_store(store), m_name(std::move(name)), m_collection(collection) {}

  // `at` is what it was found beside. A subject that the manifest names itself takes its place, and has to be one of
  // the image's; with `must_name_subject` it has to name one.
  void read_manifest(Route route, const oci::Descriptor& descriptor, const std::string& what, const Subject& at,
                     bool must_name_subject) {
    if (!m_seen.insert(descriptor.digest).second)
      return;
    const std::string where = what + " of " + m_name;
    if (auto read = read_layers(route, descriptor, where, at, must_name_subject); !read)
      m_collection.refuse(route, where, std::move(read).error());
  }

private:
  Result<void> read_layers(Route route, const oci::Descriptor& descriptor, const std::string& where, Subject at,
                           bool must_name_subject) {
    KIF_TRY(const std::string text, oci::read_json_blob(m_store, descriptor, where));
    KIF_TRY(const oci::Artifact artifact, oci::Artifact::parse(text, descriptor.media_type, where));
    const auto subjects = m_collection.subjects();
    const auto named = std::find_if(subjects.begin(), subjects.end(), [&](const Subject& subject) {
      return artifact.subject && artifact.subject->digest == subject.digest;
    });
    if (artifact.subject ? named == subjects.end() : must_name_subject)
      return fail(Error(ErrorCode::digest_mismatch, "cannot use " + where + ": its subject is another manifest")
                      .with_mismatch(at.digest.text(), artifact.subject ? artifact.subject->digest.text() : "none"));
    if (named != subjects.end())
      at = *named;
    for (std::size_t i = 0; i < artifact.layers.size(); ++i) {
      const oci::Descriptor& layer = artifact.layers[i];
      const bool is_said_to_be = is_document_media_type(layer.media_type);
      if (!is_said_to_be && (is_of_files(layer.media_type) || layer.size > k_max_document_bytes))
        continue;
      const std::string layer_where = "layer " + std::to_string(i + 1) + " of " + where;
      if (auto document = read_layer(layer, layer_where); document) {
        if (is_said_to_be || may_be_document(*document))
          m_collection.add_text(route, layer_where, at, *std::move(document), !is_said_to_be);
      } else
        m_collection.refuse(route, layer_where, std::move(document).error());
    }
    return {};
  }

  Result<std::string> read_layer(const oci::Descriptor& layer, const std::string& where) const {
    if (layer.size > k_max_document_bytes)
      return fail(ErrorCode::too_large, "cannot read " + where + ": its " + std::to_string(layer.size) +
                                            " bytes are over the bound of " + std::to_string(k_max_document_bytes));
    KIF_TRY(const auto reader, oci::open_verified(m_store, layer, where));
    return read_to_end(*reader, k_max_document_bytes, where);
  }

  const oci::BlobStore& m_store;
  std::string m_name;
  Collection& m_collection;
  std::set<Digest> m_seen;
};

void collect_tag(const oci::Repository& repository, const std::string& name, Route route, const std::string& suffix,
                 Attached& attached, Collection& collection) {
  collection.looked(route);
  for (const Subject& subject : collection.subjects()) {
    const std::string tag = "sha256-" + subject.digest.hex() + suffix;
    const std::string what = "tag " + tag;
    collection.progress("looking for " + what);
    auto manifest = repository.find_tag(tag);
    if (!manifest)
      collection.refuse(route, what + " of " + name, std::move(manifest).error());
    else if (*manifest)
      attached.read_manifest(route, **manifest, what, subject, false);
  }
}

Route route_of(oci::ReferrersWay way) {
  switch (way) {
  case oci::ReferrersWay::api:
    return Route::referrers_api;
  case oci::ReferrersWay::tag:
    return Route::referrers_tag;
  case oci::ReferrersWay::layout:
    return Route::layout;
  }
  return Route::referrers_api;
}

} // namespace

void collect_attached(const oci::Repository& repository, const std::string& name, Collection& collection) {
  Attached attached(repository, name, collection);
  collect_tag(repository, name, Route::cosign_sbom_tag, ".sbom", attached, collection);
  collect_tag(repository, name, Route::cosign_attestation_tag, ".att", attached, collection);
  for (const Subject& subject : collection.subjects()) {
    const std::string what = "referrers of " + subject.digest.text();
    collection.progress("looking for " + what);
    auto referrers = repository.referrers(subject.digest);
    if (!referrers) {
      collection.looked(Route::referrers_api);
      collection.refuse(Route::referrers_api, what + " in " + name, std::move(referrers).error());
      continue;
    }
    const Route route = route_of(referrers->way);
    collection.looked(route);
    for (const oci::Descriptor& manifest : referrers->manifests)
      attached.read_manifest(
          route, manifest, "referrer " + manifest.digest.text(), subject,
          // `cosign save` keeps what had no subject in the registry: its entries are the layout's own word.
          route != Route::layout);
  }
}

void collect_buildkit(const oci::Image& image, Collection& collection) {
  collection.looked(Route::buildkit);
  if (!image.manifest_descriptor())
    return;
  const Subject subject{image.manifest_descriptor()->digest, false};
  Attached attached(image.store(), image.name().text(), collection);
  for (const auto& index : image.indexes())
    for (const oci::Descriptor& entry : index->manifests)
      if (annotation(entry, k_reference_type) == "attestation-manifest" &&
          annotation(entry, k_reference_digest) == subject.digest.text())
        attached.read_manifest(Route::buildkit, entry, "attestation manifest " + entry.digest.text(), subject, false);
}

} // namespace kif::sbom
