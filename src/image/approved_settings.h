// SPDX-License-Identifier: Apache-2.0
// The settings of a FIPS layer that hold its image to what FIPS 140-3 approves, made of the table data/approved.yaml
// for one module, one image and the features that were asked for. docs/design/0018-approved.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "facts/approved.h"
#include "image/fips_module.h"
#include "image/inspection/inspection.h"

namespace kif::image {

struct ApprovedSettings {
  std::vector<ConfigLine> module_lines; ///< fipsinstall_lines(), kif-hide, kif-refuse, kif-compat
  std::string ciphers;                  ///< CipherString: the suites of TLS 1.2
  std::string groups;                   ///< Groups
  std::vector<std::string> compat = {}; ///< what works though it is not approved: features in the table's order, then java-sun
};

/// The oldest OpenSSL of the image that reads the layer's configuration; none where one of them does not tell.
std::optional<facts::ReleaseLine> oldest_libssl(const Inspection& found);

/// A warning for each feature of `compat` that the module, or an OpenSSL of the image, does not have or refuses all the
/// same, or does anyway.
std::vector<std::string> compat_warnings(const PayloadFile& module, const facts::ApprovedTable& table,
                                         const std::vector<std::string>& compat,
                                         const std::optional<facts::ReleaseLine>& libssl);

/// `compat` as facts::choose_features() gives it.
ApprovedSettings approved_settings(const PayloadFile& module, const facts::ApprovedTable& table,
                                   const std::vector<std::string>& compat,
                                   const std::optional<facts::ReleaseLine>& libssl);

} // namespace kif::image
