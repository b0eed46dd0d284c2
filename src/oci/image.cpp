// SPDX-License-Identifier: Apache-2.0
#include "oci/image.h"

#include "oci/choose.h"
#include "oci/decompress.h"
#include "oci/docker_archive.h"
#include "oci/layout_store.h"
#include "oci/registry/registry.h"

namespace kif::oci {
namespace {

// Hashes a layer's tar on its way and holds it to the configuration's diff_id at the end.
class DiffIdReader final : public Reader {
public:
  DiffIdReader(std::unique_ptr<Reader> source, Digest expected, std::string name)
      : m_source(std::move(source)), m_expected(expected), m_name(std::move(name)) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    KIF_TRY(const std::size_t count, m_source->read(buffer));
    if (count > 0)
      m_hash.update(buffer.first(count));
    else if (!m_is_verified)
      KIF_CHECK(verify());
    return count;
  }

private:
  Result<void> verify() {
    if (const Digest got = m_hash.finish(); got != m_expected)
      return fail(Error(ErrorCode::digest_mismatch,
                        "cannot verify " + m_name + ": its tar has another diff_id than the configuration says")
                      .with_mismatch(m_expected.text(), got.text()));
    m_is_verified = true;
    return {};
  }

  std::unique_ptr<Reader> m_source;
  Digest m_expected;
  std::string m_name;
  Sha256 m_hash;
  bool m_is_verified = false;
};

Result<Image> open_docker_image(const ImageName& name, const Platform& wanted) {
  KIF_TRY(DockerArchive archive, open_docker_archive(name));
  const Platform& own = archive.loaded.config.platform;
  if (!own.satisfies(wanted))
    return fail(Error(ErrorCode::not_found, "cannot open " + name.text() + ": it has no image for " + wanted.text())
                    .with_hint("there are: " + own.text()));
  return Image({name,
                std::move(archive.loaded.manifest),
                std::nullopt,
                {},
                std::move(archive.loaded.config_json),
                std::move(archive.loaded.config),
                std::move(archive.store)});
}

Result<std::shared_ptr<const LayoutStore>> open_layout(const ImageName& name) {
  const auto open = name.transport() == Transport::oci ? open_layout_folder : open_layout_archive;
  return open(name.path(), name.text());
}

Image image_of(const ImageName& name, Chosen chosen, std::shared_ptr<const Repository> repository) {
  return Image({name, std::move(chosen.loaded.manifest), std::move(chosen.descriptor), std::move(chosen.indexes),
                std::move(chosen.loaded.config_json), std::move(chosen.loaded.config), repository, repository});
}

} // namespace

std::string Image::layer_name(std::size_t layer) const {
  return "layer " + std::to_string(layer + 1) + " of " + name().text();
}

Result<std::unique_ptr<Reader>> Image::open_blob(const Descriptor& descriptor, const std::string& what) const {
  return open_verified(store(), descriptor, what);
}

Result<std::unique_ptr<Reader>> Image::open_layer(std::size_t layer) const {
  const Layer& described = manifest().layers.at(layer);
  const Digest& diff_id = config().diff_ids.at(layer);
  const std::string what = layer_name(layer);
  KIF_TRY(auto reader, open_blob(described.descriptor, what));
  if (described.compression == Compression::none && described.descriptor.digest == diff_id)
    return reader; // one digest says it all
  reader = decompress_layer(std::move(reader), described.compression, what);
  return std::make_unique<DiffIdReader>(std::move(reader), diff_id, what);
}

Result<Image> open_image(const ImageName& name, const OpenOptions& options) {
  const Platform wanted = options.platform.value_or(Platform::host());
  if (name.transport() == Transport::docker_archive)
    return open_docker_image(name, wanted);
  if (name.transport() == Transport::docker) {
    KIF_TRY(OpenedRegistry opened, open_registry(name, options.registry));
    KIF_TRY(Chosen chosen, choose_manifest(*opened.repository, opened.top, wanted, name.text()));
    return image_of(name, std::move(chosen), std::move(opened.repository));
  }
  KIF_TRY(auto store, open_layout(name));
  KIF_TRY(Chosen chosen, choose_manifest(*store, name.reference(), wanted, name.text()));
  return image_of(name, std::move(chosen), std::move(store));
}

Result<std::vector<Platform>> list_platforms(const ImageName& name, const RegistryOptions& registry) {
  if (name.transport() == Transport::docker_archive) {
    KIF_TRY(const DockerArchive archive, open_docker_archive(name));
    return std::vector<Platform>{archive.loaded.config.platform};
  }
  if (name.transport() == Transport::docker) {
    KIF_TRY(const OpenedRegistry opened, open_registry(name, registry));
    return platforms_in(*opened.repository, opened.top, name.text());
  }
  KIF_TRY(const auto store, open_layout(name));
  return platforms_in(*store, name.reference(), name.text());
}

} // namespace kif::oci
