// SPDX-License-Identifier: Apache-2.0
// Folders of certificates with names that libcrypto finds them by (openssl-rehash(1)).
#pragma once

#include <filesystem>

namespace kif::oci {

/// Whether such names were made for the whole folder: for as many as there are certificates, or for many. One stray
/// name does not make a folder that can take a bundle's place.
bool is_hashed_folder(const std::filesystem::path& folder);

} // namespace kif::oci
