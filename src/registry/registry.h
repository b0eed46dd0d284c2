// SPDX-License-Identifier: Apache-2.0
// Images in registries (distribution-spec 1.1), for reading.
#pragma once

#include "base/result.h"
#include "oci/image_name.h"
#include "oci/repository.h"
#include "registry/credentials.h"
#include "registry/options.h"
#include "registry/request_sender.h"

namespace kif::oci {

/// Asks the registry for what `name`, of transport docker, stands for. A tag is asked for anew each time.
/// not_found: no such repository or tag; denied: a login is wanted, or refused; timeout: stalled; io: no connection,
/// too many requests, a fault of the registry; digest_mismatch: not what the digest in the name says.
Result<OpenedRepository> open_registry(const ImageName& name, const RegistryOptions& options);

/// The same with the world around it given.
Result<OpenedRepository> open_registry(const ImageName& name, const RegistryOptions& options, Surroundings surroundings,
                                       Environment environment);

/// What opens names of transport docker for oci::open_image(), with these options.
RegistryOpener registry_opener(RegistryOptions options);

} // namespace kif::oci
