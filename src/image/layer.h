// SPDX-License-Identifier: Apache-2.0
// The FIPS layer: the files that make an image's OpenSSL a FIPS one that needs nothing of the kernel.
// docs/design/0005-fips-layer.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "digest/digest.h"
#include "image/approved_settings.h"
#include "image/inspection/config_places.h"
#include "image/payload.h"
#include "layer/file_tree.h"

namespace kif::image {

/// Version of the layer's own layout; it stands in layer.json and in the image's labels.
inline constexpr std::string_view k_layer_version = "1";

/// Where the parts are on this machine.
struct PartPaths {
  std::filesystem::path module; ///< fips.so, or a folder that holds it
  std::filesystem::path entropy_library;
  std::filesystem::path gate;            ///< kif-fips.so
  std::filesystem::path provider;        ///< kif-provider.so
  std::filesystem::path init;            ///< kif-init
  std::filesystem::path random;          ///< libkif-random.so
  jitterentropy::Settings settings = {}; ///< what jitterentropy runs with
};

struct LayerParts {
  PayloadFile module;
  PayloadFile entropy_library;
  PayloadFile gate;
  PayloadFile provider;
  PayloadFile init;
  PayloadFile random;
  jitterentropy::Settings settings = {};
};

/// Reads and looks at all six.
Result<LayerParts> read_parts(const PartPaths& paths);

/// A key store of the base that the layer has in another form.
struct ConvertedStore {
  std::string path;
  Digest digest; ///< of what it is now
};

/// What the layer says about itself beyond its parts' own digests.
struct LayerClaims {
  std::string kif_version = {};
  std::string module_claim = {}; ///< what the user claims about the module; empty: k_no_claim
  /// What of the base the layer does not reach, a sentence each, with path and name.
  std::vector<std::string> not_reached = {};
  std::vector<ConvertedStore> java_stores = {};
};

/// What is said of an entropy library that kif does not ship.
inline constexpr std::string_view k_origin_claimed =
    "CPU jitter, by the word of whoever gave the file: kif does not know it";

inline constexpr std::string_view k_no_claim = "not a validated build";

/// One file of the layer.
struct LayerFile {
  std::string path; ///< absolute in the image
  std::string content;
  std::uint32_t mode = 0644;
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  bool is_in_manifest = true; ///< kif-init holds it to its digest; false for what the image's owner may change later
};

/// All regular files of the layer, sorted by path: the parts, openssl.cnf, ld.so.preload, layer.json and the manifest
/// of their hashes. `preloaded`: what the base's own ld.so.preload says; it is kept behind ours. `more`: what runtimes
/// in the image need besides. `places`: where openssl.cnf stands beside the layer's own folder.
std::vector<LayerFile> layer_files(const LayerParts& parts, const LayerClaims& claims, const ApprovedSettings& settings,
                                   std::string_view preloaded = {}, std::vector<LayerFile> more = {},
                                   const ConfigPlaces& places = {});

/// Writes the layer's tar. Owners and modes as the files say, every time `mtime_seconds`, sorted: the same bytes from
/// the same parts, claims and base, whoever runs kif wherever.
///
/// `base` is the tree that the layer will lie on. Folders on the way that it has are repeated just as they are there:
/// an unpacker makes up the attributes of folders that a layer leaves out, and not all make up the same. Symbolic links
/// in the base's folders are followed, since a folder of that name in the layer would take the link's place.
/// unsupported where something is in the way.
Result<void> write_layer(const std::vector<LayerFile>& files, const oci::FileTree& base, std::int64_t mtime_seconds,
                         const std::filesystem::path& target);

} // namespace kif::image
