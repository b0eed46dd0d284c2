// SPDX-License-Identifier: Apache-2.0
// Images in registries (distribution-spec 1.1), for reading.
#pragma once

#include <memory>

#include "base/result.h"
#include "oci/image_name.h"
#include "oci/registry/credentials.h"
#include "oci/registry/options.h"
#include "oci/registry/request_sender.h"
#include "oci/repository.h"

namespace kif::oci {

struct OpenedRegistry {
  std::shared_ptr<const Repository> repository;
  Descriptor top; ///< the manifest or index that the name stands for
};

/// Asks the registry for what `name`, of transport docker, stands for. A tag is asked for anew each time.
/// not_found: no such repository or tag; denied: a login is wanted, or refused; timeout: stalled; io: no connection,
/// too many requests, a fault of the registry; digest_mismatch: not what the digest in the name says.
Result<OpenedRegistry> open_registry(const ImageName& name, const RegistryOptions& options);

/// The same with the world around it given.
Result<OpenedRegistry> open_registry(const ImageName& name, const RegistryOptions& options, Surroundings surroundings,
                                     Environment environment);

} // namespace kif::oci
