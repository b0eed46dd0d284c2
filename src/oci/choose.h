// SPDX-License-Identifier: Apache-2.0
// Finds the manifest that a name and a platform stand for, through indexes and indexes of indexes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "oci/contents.h"
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
  IndexPath indexes; ///< that led to it, a layout's index.json first
  LoadedManifest loaded;
};

/// The images that a name leads to. All indexes are read once, by whoever makes it; a manifest is read when its image
/// is chosen, or where only its configuration says for which platform it is.
class Choices {
public:
  /// Where the manifest or index that a name stands for is known. `name` is the image's name in errors.
  static Result<Choices> below(std::shared_ptr<const BlobStore> store, const Descriptor& top, std::string name);
  /// `tag` empty: whatever the layout holds, if that is one image.
  static Result<Choices> in_layout(std::shared_ptr<const LayoutStore> store, const std::string& tag, std::string name);
  Choices(Choices&&) noexcept;
  Choices& operator=(Choices&&) noexcept;
  ~Choices();

  /// The best image for that platform. For one thread at a time.
  Result<Chosen> choose(const Platform& wanted);
  /// The platforms that choose() can choose from, in the indexes' order, each once, and the entries that it passes
  /// over.
  Result<Contents> contents() const;

private:
  class Chooser;
  explicit Choices(std::unique_ptr<Chooser> chooser);
  std::unique_ptr<Chooser> m_chooser;
};

/// diff_ids are as many as layers.
Result<void> check_layer_count(std::size_t layers, const ImageConfig& config, const std::string& name);

/// "a, b, c" for hints; at most 20 of them.
std::string join_names(const std::vector<std::string>& names);

} // namespace kif::oci
