// SPDX-License-Identifier: Apache-2.0
// Key stores of an image that its Java will refuse once it is hardened: named, and where its owner wants it converted.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "image/layer.h"
#include "layer/file_tree.h"
#include "oci/image.h"

namespace kif::image {

/// Which stores are converted, and the passwords that open them.
struct StoreRequest {
  std::vector<std::string> paths = {};                ///< absolute in the image
  bool all = false;                                   ///< and each that is found
  SecretString password = {};                         ///< of all that have none of their own
  std::map<std::string, SecretString> passwords = {}; ///< by path

  bool is_empty() const noexcept { return paths.empty() && !all; }
};

/// Reads a file of passwords into `request`: a line "PATH PASSWORD" is for that store, a line that does not begin with
/// a slash is the password of all others. invalid_input: a second one for the same.
Result<void> read_store_passwords(const std::filesystem::path& file, StoreRequest& request);

struct JavaStores {
  std::vector<LayerFile> files;      ///< the converted stores, each with the owner and mode that it had
  std::vector<std::string> warnings; ///< those that will be refused
};

/// Looks into the files whose names end as key stores' do (.jks, .keystore, .p12, …), and into those that are named.
/// `jks_is_served`: --java-sun. not_found: a named one is not there; invalid_input: it is none, cannot be opened with
/// its password, or has none. One that is found and cannot be converted is a warning.
Result<JavaStores> java_stores(const oci::Image& image, const oci::FileTree& tree, const StoreRequest& request,
                               bool jks_is_served);

} // namespace kif::image
