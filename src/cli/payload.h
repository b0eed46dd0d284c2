// SPDX-License-Identifier: Apache-2.0
// Where kif's own files are: beside the program, in the build tree as after installation.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace kif::cli {

/// <prefix>/lib/kif for a kif that runs as <prefix>/bin/kif, links resolved: a folder for each architecture that kif
/// was built for, by OCI's name, and java/ for all. not_found where that folder is missing.
Result<std::filesystem::path> payload_folder();

/// The folder of one architecture. not_found where kif was not built for it.
Result<std::filesystem::path> payload_folder(const std::string& architecture);

/// <prefix>/share/kif: rules/, certificates.yaml and approved.yaml. not_found where that folder is missing.
Result<std::filesystem::path> data_folder();

} // namespace kif::cli
