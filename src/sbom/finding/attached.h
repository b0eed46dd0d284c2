// SPDX-License-Identifier: Apache-2.0
// The documents that hang on an image from outside: cosign's tags, referrers, and the attestations in its own index.
#pragma once

#include "oci/image.h"
#include "oci/repository.h"
#include "sbom/finding/collection.h"

namespace kif::sbom {

/// The tags sha256-<hex>.sbom and .att, then the referrers, of every digest of the image. `name` is the image's in
/// errors.
void collect_attached(const oci::Repository& repository, const std::string& name, Collection& collection);

/// The manifests in the image's indexes that BuildKit marks as attestations of this platform's image.
void collect_buildkit(const oci::Image& image, Collection& collection);

} // namespace kif::sbom
