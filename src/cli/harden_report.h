// SPDX-License-Identifier: Apache-2.0
// What `kif harden` tells when it is done.
#pragma once

#include "cli/format.h"
#include "cli/module_claim.h"
#include "image/harden.h"

namespace kif::cli {

/// For people: a block for each platform, a line for each that was left out, and what was written.
void print_harden_text(const image::HardenReport& report, const image::HardenRequest& request, const ModuleClaim& claim,
                       Terminal& terminal);

/// The document kif.harden/2, docs/harden.md.
void print_harden_json(const image::HardenReport& report, const image::HardenRequest& request, const ModuleClaim& claim,
                       Terminal& terminal);

} // namespace kif::cli
