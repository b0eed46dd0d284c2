// SPDX-License-Identifier: Apache-2.0
// What the image's maker let work though FIPS 140-3 does not approve it: kif-compat of the module's section, which `kif
// harden --compat` writes.
#pragma once

#include <string>

#include "libcrypto/library.h"

namespace kif::init {

/// The features' names separated by commas; empty: none, or `file` cannot be read.
std::string compat_features(const libcrypto::Libcrypto& crypto, const std::string& file);

} // namespace kif::init
