// SPDX-License-Identifier: Apache-2.0
// The referrers API (distribution-spec 1.1, "Listing Referrers"): a list in pages.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/descriptor.h"
#include "registry/registry_client.h"

namespace kif::oci {

/// What the registry lists as referring to `subject`; none where it does not have the API. Nothing is filtered: what
/// such lists say of types is often wrong. `name` is the image's name in errors.
Result<std::optional<std::vector<Descriptor>>> list_referrers(RegistryClient& client, const Digest& subject,
                                                              const std::string& name);

/// The entries in their order, each digest once; more than k_max_referrers are too_large.
Result<std::vector<Descriptor>> each_once(const std::vector<Descriptor>& entries, const Digest& subject,
                                          const std::string& name);

} // namespace kif::oci
