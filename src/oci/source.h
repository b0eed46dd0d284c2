// SPDX-License-Identifier: Apache-2.0
// What stands under an image's name, opened once. A tag or an index.json is asked for here and never again: every image
// and everything that is attached to it is found by digest from then on, so all of it is of one version.
#pragma once

#include <memory>
#include <optional>
#include <variant>

#include "base/result.h"
#include "oci/choose.h"
#include "oci/docker_archive.h"
#include "oci/image.h"
#include "oci/image_name.h"
#include "oci/repository.h"

namespace kif::oci {

class LayoutStore;

/// For one thread at a time; the images that it gives are not bound to it.
class Source {
public:
  /// Finds what the name stands for and reads its indexes. not_found: no such file or tag (the hint lists what there
  /// is); invalid_input, digest_mismatch, too_large, unsupported: what was read is not right.
  static Result<Source> open(const ImageName& name, const RegistryOpener& registry = {});
  /// The same where the layout is open already.
  static Result<Source> in_layout(const ImageName& name, std::shared_ptr<const LayoutStore> layout);

  const ImageName& name() const noexcept { return m_name; }
  /// The platforms that there are images for, in the indexes' order, and what else stands there.
  Result<Contents> contents() const;
  /// Chooses the image for that platform, reads its manifest and configuration. Layers are not read yet. Errors as
  /// open(); an image whose configuration names another platform than the one wanted is not_found too.
  Result<Image> image(const Platform& wanted);

private:
  struct Indexed {
    Choices choices;
    std::shared_ptr<const Repository> repository;
  };
  Source(ImageName name, std::variant<Indexed, DockerArchive> content)
      : m_name(std::move(name)), m_content(std::move(content)) {}

  ImageName m_name;
  std::variant<Indexed, DockerArchive> m_content;
};

struct OpenOptions {
  std::optional<Platform> platform = {}; ///< none: this machine's
  RegistryOpener registry = {};          ///< for transport docker; empty: unsupported
};

/// The image for one platform, for whoever wants no other.
Result<Image> open_image(const ImageName& name, const OpenOptions& options = {});

} // namespace kif::oci
