// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "oci/artifact.h"
#include "oci/choose.h"
#include "oci/cosign_layout.h"
#include "oci/json.h"
#include "oci/layout_store.h"
#include "oci/media_type.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_max_manifests = 1024; // opened in search of subjects

bool has_tag(const Descriptor& entry, const std::string& tag) {
  const auto found = entry.annotations.find(std::string(k_ref_name));
  return found != entry.annotations.end() && found->second == tag;
}

// With more than one image in it, nothing says whose the attachments are.
bool is_only_cosign_image(const Index& index, const Digest& digest) {
  const auto is_image = [](const Descriptor& entry) { return is_cosign_image(entry); };
  const auto found = std::find_if(index.manifests.begin(), index.manifests.end(), is_image);
  return found != index.manifests.end() && found->digest == digest &&
         std::find_if(std::next(found), index.manifests.end(), is_image) == index.manifests.end();
}

// The referrers of one digest, as they are found.
class Collector {
public:
  Collector(const LayoutStore& store, const Digest& subject, const std::string& name)
      : m_store(store), m_subject(subject), m_name(name) {}

  Result<void> look_at(const Descriptor& entry, bool has_cosign_attachments) {
    if (is_cosign_attachment(entry))
      return has_cosign_attachments ? add(entry) : Result<void>();
    if (entry.digest == m_subject || !(is_manifest_type(entry.media_type) || is_index_type(entry.media_type)))
      return {};
    if (++m_opened > k_max_manifests)
      return fail(too_many(k_max_manifests, "entries in index.json"));
    const std::string where = "manifest " + entry.digest.text() + " of " + m_name;
    KIF_TRY(const std::string text, read_json_blob(m_store, entry, where));
    KIF_TRY(const auto subject, subject_of(text, where));
    return subject && subject->digest == m_subject ? add(entry) : Result<void>();
  }

  Result<void> add(const Descriptor& entry) {
    const auto is_same = [&](const Descriptor& other) { return other.digest == entry.digest; };
    if (std::any_of(m_found.begin(), m_found.end(), is_same))
      return {};
    if (m_found.size() == k_max_referrers)
      return fail(too_many(k_max_referrers, "referrers"));
    m_found.push_back(entry);
    return {};
  }

  std::vector<Descriptor> take() { return std::move(m_found); }

private:
  Error too_many(std::size_t bound, const std::string& of_what) const {
    return {ErrorCode::too_large, "cannot list what refers to " + m_subject.text() + " in " + m_name + ": more than " +
                                      std::to_string(bound) + " " + of_what};
  }

  const LayoutStore& m_store;
  const Digest& m_subject;
  const std::string& m_name;
  std::size_t m_opened = 0;
  std::vector<Descriptor> m_found;
};

} // namespace

Result<std::optional<Descriptor>> LayoutStore::find_tag(const std::string& tag) const {
  const auto& entries = index()->manifests;
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const Descriptor& entry) { return has_tag(entry, tag); });
  return found == entries.end() ? std::optional<Descriptor>() : std::optional<Descriptor>(*found);
}

Result<Referrers> LayoutStore::referrers(const Digest& subject) const {
  Collector collector(*this, subject, name());
  const bool has_cosign_attachments = is_only_cosign_image(*index(), subject);
  for (const Descriptor& entry : index()->manifests)
    KIF_CHECK(collector.look_at(entry, has_cosign_attachments));
  // regctl keeps the fallback tag when it copies into a layout.
  KIF_TRY(const auto fallback, find_tag(referrers_tag(subject)));
  if (fallback && is_index_type(fallback->media_type)) {
    const std::string where = "tag " + referrers_tag(subject) + " of " + name();
    KIF_TRY(const std::string text, read_json_blob(*this, *fallback, where));
    KIF_TRY(const Index list, Index::parse(text, fallback->media_type, where));
    for (const Descriptor& entry : list.manifests)
      KIF_CHECK(collector.add(entry));
  }
  return Referrers{ReferrersWay::layout, collector.take()};
}

} // namespace kif::oci
