// SPDX-License-Identifier: Apache-2.0
// The openssl.cnf of the FIPS layer. One text for libcrypto 3.0 to 3.6 and 4.0; only the module's own section and TLS's
// groups and suites differ.
#pragma once

#include <string>

#include "base/jitterentropy.h"
#include "image/approved_settings.h"

namespace kif::image {

/// Of jitterentropy's settings those stand in it that are not as without any.
std::string openssl_config(const ApprovedSettings& settings, const jitterentropy::Settings& source_settings = {});

} // namespace kif::image
