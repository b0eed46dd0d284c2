// SPDX-License-Identifier: Apache-2.0
// The files that a FIPS layer is made of, read from the machine that kif runs on and looked at before they go into an
// image.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/jitterentropy.h"
#include "base/result.h"
#include "digest/digest.h"
#include "elf/file.h"

namespace kif::image {

struct PayloadFile {
  std::filesystem::path path; ///< where it was read from
  std::string content;
  Digest digest;
  elf::File elf;                                 ///< without symbols
  std::string version;                           ///< its own version; empty where the file does not tell
  std::vector<std::string> checked_against = {}; ///< of a FIPS module: what its maker recorded of it, and it is
};

/// OCI's name of the architecture that a file is made for, by its first bytes. Empty where it cannot be told: whoever
/// reads the file says why.
std::string architecture_of_file(const std::filesystem::path& path);

/// A program or library of ours: kif-init, kif-fips.so. unsupported where it is no ELF file.
Result<PayloadFile> read_program(const std::filesystem::path& path, const std::string& what);

/// libjitterentropy.so.3, ours or the user's. unsupported where the file does not export what the provider calls, is of
/// a version that kif does not know, or has not what the settings ask for.
Result<PayloadFile> read_entropy_library(const std::filesystem::path& path,
                                         const jitterentropy::Settings& settings = {});

/// Whether the file is one that kif ships; of any other its giver claims that its bytes come from CPU jitter.
bool is_known_source(const PayloadFile& entropy_library);

} // namespace kif::image
