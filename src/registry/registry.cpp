// SPDX-License-Identifier: Apache-2.0
#include "registry/registry.h"

#include <cstdlib>
#include <map>
#include <mutex>

#include <fcntl.h>

#include "oci/json.h"
#include "oci/manifest.h"
#include "oci/text_reader.h"
#include "registry/blob_cache.h"
#include "registry/blob_reader.h"
#include "registry/libcurl.h"
#include "registry/manifest_type.h"
#include "registry/progress_reader.h"
#include "registry/referrer_pages.h"
#include "registry/registry_client.h"

namespace kif::oci {
namespace {

constexpr std::uint64_t k_max_blob_bytes = std::uint64_t{16} * 1024 * 1024 * 1024; // as all tars of an image together
constexpr std::size_t k_max_held_bytes = std::size_t{64} * 1024 * 1024;            // of manifests, in memory

class RegistryRepository final : public Repository {
public:
  RegistryRepository(const ImageName& name, const RegistryOptions& options, Surroundings surroundings,
                     const Environment& environment)
      : m_name(name.text()), m_options(options),
        m_client(*name.docker(), options, std::move(surroundings), environment),
        m_cache(options.cache.value_or(default_cache_folder(environment)), options.warn) {}

  Result<Descriptor> top() const {
    const DockerReference& reference = m_client.reference();
    if (!reference.digest)
      return fetch_tag(reference.tag, "the manifest of " + m_name);
    return fetch_digest(*reference.digest, "the manifest of " + m_name);
  }

  Result<std::unique_ptr<Reader>> open(const Descriptor& descriptor, const std::string& what) const override {
    if (is_manifest(descriptor.media_type))
      return open_manifest(descriptor, what);
    if (descriptor.size > k_max_blob_bytes)
      return fail(ErrorCode::too_large, "cannot fetch " + what + ": its " + std::to_string(descriptor.size) +
                                            " bytes are over the bound of " + std::to_string(k_max_blob_bytes));
    if (const auto path = m_cache.find(descriptor.digest))
      return open_path(*path, what);
    const std::lock_guard lock(m_fetching); // one at a time: a second fetch of the same blob finds it kept
    if (const auto path = m_cache.find(descriptor.digest))
      return open_path(*path, what);
    const auto fetch = [&]() -> Result<std::unique_ptr<Reader>> {
      return std::make_unique<VerifiedReader>(from_registry(descriptor, what), descriptor.digest, descriptor.size,
                                              what);
    };
    KIF_TRY(const bool is_kept, m_cache.keep(descriptor.digest, fetch));
    const auto path = is_kept ? m_cache.find(descriptor.digest) : std::nullopt;
    if (path)
      return open_path(*path, what);
    return from_registry(descriptor, what);
  }

  std::optional<std::filesystem::path> path_of(const Digest& digest) const override { return m_cache.known(digest); }

  Result<std::optional<Descriptor>> find_tag(const std::string& tag) const override {
    auto found = fetch_tag(tag, "tag " + tag + " of " + m_name);
    if (found)
      return std::optional<Descriptor>(*std::move(found));
    if (found.error().code == ErrorCode::not_found)
      return std::optional<Descriptor>();
    return fail(std::move(found).error());
  }

  Result<Referrers> referrers(const Digest& subject) const override {
    KIF_TRY(auto listed, list_referrers(m_client, subject, m_name));
    if (listed)
      return Referrers{ReferrersWay::api, *std::move(listed)};
    const std::string tag = referrers_tag(subject);
    KIF_TRY(const auto fallback, find_tag(tag));
    if (!fallback)
      return Referrers{ReferrersWay::tag, {}};
    const std::string where = "tag " + tag + " of " + m_name;
    KIF_TRY(const std::string text, read_json_blob(*this, *fallback, where));
    KIF_TRY(const Index index, Index::parse(text, fallback->media_type, where));
    KIF_TRY(auto manifests, each_once(index.manifests, subject, m_name));
    return Referrers{ReferrersWay::tag, std::move(manifests)};
  }

private:
  static Result<std::unique_ptr<Reader>> open_path(const std::filesystem::path& path, const std::string& what) {
    KIF_TRY(UniqueFd fd, open_file(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW));
    return std::make_unique<FdReader>(std::move(fd), what);
  }

  std::unique_ptr<Reader> from_registry(const Descriptor& descriptor, const std::string& what) const {
    const std::string digest = descriptor.digest.text();
    auto reader = std::make_unique<BlobReader>(
        m_client, RegistryQuery{"blobs/" + digest, {}, 0, what, "blob " + digest + " in " + repository()},
        descriptor.size);
    return with_progress(std::move(reader), m_options.progress, what, descriptor.size);
  }

  const std::string& repository() const { return m_client.reference().repository; }

  Result<std::unique_ptr<Reader>> open_manifest(const Descriptor& descriptor, const std::string& what) const {
    if (auto text = held(descriptor.digest))
      return std::make_unique<TextReader>(std::move(text));
    KIF_CHECK(fetch_digest(descriptor.digest, what));
    if (auto text = held(descriptor.digest))
      return std::make_unique<TextReader>(std::move(text));
    return fail(ErrorCode::internal, "cannot read " + what + ": it was fetched and is not there");
  }

  Result<Descriptor> fetch_tag(const std::string& tag, const std::string& what) const {
    return fetch_manifest(tag, what, "tag \"" + tag + "\" in " + repository(), {});
  }

  Result<Descriptor> fetch_digest(const Digest& digest, const std::string& what) const {
    if (const auto path = m_cache.find(digest)) {
      KIF_TRY(const std::string text, read_file(*path, k_max_json_bytes));
      if (Digest::of(text) == digest)
        return hold(text, {}, what);
    }
    return fetch_manifest(digest.text(), what, "manifest " + digest.text() + " in " + repository(), digest);
  }

  // The digest is computed, whatever Docker-Content-Digest says.
  Result<Descriptor> fetch_manifest(const std::string& reference, const std::string& what, const std::string& missing,
                                    const std::optional<Digest>& expected) const {
    const RegistryQuery query{"manifests/" + (expected ? reference : percent_encoded(reference)),
                              std::string(k_accepted_manifests), 0, what, missing};
    KIF_TRY(const Document document, fetch_document(m_client, query));
    if (const Digest got = Digest::of(document.text); expected && got != *expected)
      return fail(Error(ErrorCode::digest_mismatch, "cannot verify " + what + ": digest mismatch")
                      .with_mismatch(expected->text(), got.text()));
    KIF_TRY(Descriptor descriptor, hold(document.text, document.content_type, what));
    const auto reopen = [&]() -> Result<std::unique_ptr<Reader>> {
      return std::make_unique<TextReader>(std::make_shared<const std::string>(document.text));
    };
    if (!m_cache.find(descriptor.digest)) // a tag mostly stands for what it did
      KIF_CHECK(m_cache.keep(descriptor.digest, reopen));
    return descriptor;
  }

  Result<Descriptor> hold(const std::string& text, const std::string& content_type, const std::string& what) const {
    KIF_TRY(std::string media_type, manifest_type(text, content_type, what));
    const Digest digest = Digest::of(text);
    const std::lock_guard lock(m_mutex);
    if (m_held_bytes + text.size() > k_max_held_bytes) {
      m_held.clear();
      m_held_bytes = 0;
    }
    if (m_held.emplace(digest, std::make_shared<const std::string>(text)).second)
      m_held_bytes += text.size();
    return Descriptor{std::move(media_type), digest, text.size()};
  }

  std::shared_ptr<const std::string> held(const Digest& digest) const {
    const std::lock_guard lock(m_mutex);
    const auto found = m_held.find(digest);
    return found == m_held.end() ? nullptr : found->second;
  }

  std::string m_name;
  RegistryOptions m_options;
  mutable RegistryClient m_client;
  mutable BlobCache m_cache;
  mutable std::mutex m_fetching;
  mutable std::mutex m_mutex; // of what follows
  mutable std::map<Digest, std::shared_ptr<const std::string>> m_held;
  mutable std::size_t m_held_bytes = 0;
};

} // namespace

Result<OpenedRepository> open_registry(const ImageName& name, const RegistryOptions& options) {
  KIF_CHECK(load_libcurl());
  const auto environment = [](const char* variable) {
    const char* value = std::getenv(variable);
    return std::string(value == nullptr ? "" : value);
  };
  return open_registry(name, options, Surroundings::real(options), environment);
}

Result<OpenedRepository> open_registry(const ImageName& name, const RegistryOptions& options, Surroundings surroundings,
                                       Environment environment) {
  auto repository = std::make_shared<const RegistryRepository>(name, options, std::move(surroundings), environment);
  KIF_TRY(Descriptor top, repository->top());
  return OpenedRepository{std::move(repository), std::move(top)};
}

RegistryOpener registry_opener(RegistryOptions options) {
  return [options = std::move(options)](const ImageName& name) { return open_registry(name, options); };
}

} // namespace kif::oci
