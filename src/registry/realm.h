// SPDX-License-Identifier: Apache-2.0
// The place for tokens that a registry names (distribution, spec/auth/token.md): any host of its choice.
#pragma once

#include "registry/url.h"

namespace kif::oci {

/// Whether a registry's login may go to `realm`: to the registry's own origin, or over https to a host of the same
/// domain. Hosts that are addresses or one word have no domain.
bool may_get_login(const Url& realm, const Url& registry);

} // namespace kif::oci
