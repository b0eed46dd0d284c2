// SPDX-License-Identifier: Apache-2.0
// The checks that look at OpenSSL at work.
#pragma once

#include "init/checks.h"
#include "init/failure.h"
#include "libcrypto/library.h"

namespace kif::init {

/// Loads the configuration as the first use of OpenSSL in the application will. Afterwards the module is loaded, its
/// self-tests ran now and passed, and every fetch is held to fips=yes. Fills the part of `ready` that this shows.
Checked<void> load_module(const libcrypto::Libcrypto& crypto, const Layer& layer, Ready& ready);

/// Draws, and sees that the generator is the module's and that its seed came from CPU jitter. Fills the rest of
/// `ready`.
Checked<void> assert_seed_origin(const libcrypto::Libcrypto& crypto, Ready& ready);

} // namespace kif::init
