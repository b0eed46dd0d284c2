// SPDX-License-Identifier: Apache-2.0
// The openssl.cnf of the FIPS layer. One text for libcrypto 3.0 to 3.6; only the module's own section depends on the
// module.
#pragma once

#include <string>
#include <vector>

#include "image/fips_module.h"

namespace kif::image {

/// `module_lines` are those of fipsinstall_lines().
std::string openssl_config(const std::vector<ConfigLine>& module_lines);

} // namespace kif::image
