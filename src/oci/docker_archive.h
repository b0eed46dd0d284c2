// SPDX-License-Identifier: Apache-2.0
// docker-archive: what `docker save` writes. A tar with manifest.json, which names the configuration and the layers of
// each image by their paths in the archive (moby, image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset
// Format").
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "oci/blob_store.h"
#include "oci/choose.h"
#include "oci/image_name.h"

namespace kif::oci {

struct DockerArchive {
  LoadedManifest
      loaded; ///< the manifest is made up: OCI's, over the archive's configuration and layers as they lie there
  std::shared_ptr<const BlobStore> store;
};

Result<DockerArchive> open_docker_archive(const ImageName& name);

} // namespace kif::oci
