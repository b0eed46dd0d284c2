// SPDX-License-Identifier: Apache-2.0
// Whether a FIPS module's file is whole, as far as that can be told without running it. The MAC that the layer's
// configuration gets is computed here and now: made for a damaged file, it would say that the damage belongs there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kif::image {

/// Holds the content of `file` against what its maker recorded of it, and says by the name of each what it was held
/// against: "fipsmodule.cnf" and "fips.so.sha256" beside the file, "MAC in the file"; where there is none of these, a
/// package manager's record (package_record.h). Empty where there is not that either: damage of code or data is not
/// found then, that of the ELF file's structure is.
///
/// digest_mismatch: the content is not what is recorded. invalid_input: a part of the ELF file lies outside the file,
/// or what is recorded cannot be read.
Result<std::vector<std::string>> check_module_file(const std::filesystem::path& file, std::string_view content);

} // namespace kif::image
