// SPDX-License-Identifier: Apache-2.0
// Finds the manifest that a name and a platform stand for, through indexes and indexes of indexes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "oci/image_config.h"
#include "oci/layout_store.h"
#include "oci/manifest.h"
#include "oci/platform.h"

namespace kif::oci {

inline constexpr std::string_view k_ref_name = "org.opencontainers.image.ref.name";

/// A manifest with its configuration, read and checked against each other.
struct LoadedManifest {
  Manifest manifest;
  nlohmann::json config_json;
  ImageConfig config;
};

struct Chosen {
  Descriptor descriptor;
  std::vector<Index> indexes; ///< that led to it, a layout's index.json first
  LoadedManifest loaded;
};

/// `tag` empty: whatever the layout holds, if that is one image. `name` is the image's name in errors.
Result<Chosen> choose_manifest(const LayoutStore& store, const std::string& tag, const Platform& wanted,
                               const std::string& name);

/// The same where the manifest or index that a name stands for is known.
Result<Chosen> choose_manifest(const BlobStore& store, const Descriptor& top, const Platform& wanted,
                               const std::string& name);

/// The platforms that choose_manifest() can choose from, in the indexes' order, each once.
Result<std::vector<Platform>> platforms_in(const LayoutStore& store, const std::string& tag, const std::string& name);
Result<std::vector<Platform>> platforms_in(const BlobStore& store, const Descriptor& top, const std::string& name);

/// diff_ids are as many as layers.
Result<void> check_layer_count(std::size_t layers, const ImageConfig& config, const std::string& name);

/// "a, b, c" for hints; at most 20 of them.
std::string join_names(const std::vector<std::string>& names);

} // namespace kif::oci
