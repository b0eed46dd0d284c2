// SPDX-License-Identifier: Apache-2.0
#include "oci/source.h"

#include <utility>

#include "oci/layout_store.h"

namespace kif::oci {
namespace {

Result<Image> image_in(const ImageName& name, const DockerArchive& archive, const Platform& wanted) {
  const Platform& own = archive.loaded.config.platform;
  if (!own.satisfies(wanted))
    return fail(Error(ErrorCode::not_found, "cannot open " + name.text() + ": it has no image for " + wanted.text())
                    .with_hint("there are: " + own.text()));
  const LoadedManifest& loaded = archive.loaded;
  return Image({name, loaded.manifest, std::nullopt, {}, loaded.config_json, loaded.config, archive.store});
}

} // namespace

Result<Source> Source::open(const ImageName& name, const RegistryOpener& registry) {
  switch (name.transport()) {
  case Transport::docker_archive: {
    KIF_TRY(DockerArchive archive, open_docker_archive(name));
    return Source(name, std::move(archive));
  }
  case Transport::docker: {
    if (!registry)
      return fail(ErrorCode::unsupported, "cannot open " + name.text() + ": no registry is read here");
    KIF_TRY(OpenedRepository opened, registry(name));
    KIF_TRY(Choices choices, Choices::below(opened.repository, opened.top, name.text()));
    return Source(name, Indexed{std::move(choices), std::move(opened.repository)});
  }
  case Transport::oci:
  case Transport::oci_archive:
    break;
  }
  const auto open_layout = name.transport() == Transport::oci ? open_layout_folder : open_layout_archive;
  KIF_TRY(auto layout, open_layout(name.path(), name.text()));
  return in_layout(name, std::move(layout));
}

Result<Source> Source::in_layout(const ImageName& name, std::shared_ptr<const LayoutStore> layout) {
  KIF_TRY(Choices choices, Choices::in_layout(layout, name.reference(), name.text()));
  return Source(name, Indexed{std::move(choices), std::move(layout)});
}

Result<Contents> Source::contents() const {
  if (const auto* archive = std::get_if<DockerArchive>(&m_content))
    return Contents{{archive->loaded.config.platform}, {}};
  return std::get<Indexed>(m_content).choices.contents();
}

Result<Image> Source::image(const Platform& wanted) {
  if (const auto* archive = std::get_if<DockerArchive>(&m_content))
    return image_in(m_name, *archive, wanted);
  auto& [choices, repository] = std::get<Indexed>(m_content);
  KIF_TRY(Chosen chosen, choices.choose(wanted));
  return Image({m_name, std::move(chosen.loaded.manifest), std::move(chosen.descriptor), std::move(chosen.indexes),
                std::move(chosen.loaded.config_json), std::move(chosen.loaded.config), repository, repository});
}

Result<Image> open_image(const ImageName& name, const OpenOptions& options) {
  KIF_TRY(Source source, Source::open(name, options.registry));
  return source.image(options.platform.value_or(Platform::host()));
}

} // namespace kif::oci
