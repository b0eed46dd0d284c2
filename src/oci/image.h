// SPDX-License-Identifier: Apache-2.0
// One platform's image, opened for reading. Every blob is checked against its digest and size while it is read, and
// every layer's tar against the configuration's diff_id as well.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/reader.h"
#include "base/result.h"
#include "layer/layer_stack.h"
#include "oci/image_config.h"
#include "oci/image_name.h"
#include "oci/manifest.h"
#include "oci/platform.h"
#include "oci/repository.h"

namespace kif::oci {

/// Cheap to copy; safe to read from several threads.
class Image final : public LayerStack {
public:
  struct Parts {
    ImageName name;
    Manifest manifest;
    std::optional<Descriptor> manifest_descriptor;
    IndexPath indexes;
    nlohmann::json config_json;
    ImageConfig config;
    std::shared_ptr<const BlobStore> store;
    std::shared_ptr<const Repository> repository = {}; ///< null: nothing can be attached to it
  };
  explicit Image(Parts parts) : m_parts(std::make_shared<const Parts>(std::move(parts))) {}

  const ImageName& name() const noexcept { return m_parts->name; }
  const Platform& platform() const noexcept { return m_parts->config.platform; }
  const Manifest& manifest() const noexcept { return m_parts->manifest; }
  /// Digest, size and media type of the manifest; none for docker-archive, which carries no manifest.
  const std::optional<Descriptor>& manifest_descriptor() const noexcept { return m_parts->manifest_descriptor; }
  /// The indexes that led to the manifest, outermost first, with their attestation entries. index.json of a layout is
  /// the first.
  const IndexPath& indexes() const noexcept { return m_parts->indexes; }

  /// The configuration whole, to be edited and written again.
  const nlohmann::json& config_json() const noexcept { return m_parts->config_json; }
  const ImageConfig& config() const noexcept { return m_parts->config; }

  std::string stack_name() const override { return m_parts->name.text(); }
  std::size_t layer_count() const noexcept override { return m_parts->manifest.layers.size(); }
  /// The layer's blob as it is stored, verified. 0 is the lowest layer.
  Result<std::unique_ptr<Reader>> open_blob(const Descriptor& descriptor, const std::string& what) const;
  /// The layer's tar, uncompressed; blob and tar are both verified at the end of the stream, which must be read for it.
  /// Errors name it "layer 2 of oci:x:y", counted from 1.
  Result<std::unique_ptr<Reader>> open_layer(std::size_t layer) const override;
  std::string layer_name(std::size_t layer) const override;
  /// How the layer's blob is compressed, told by its first bytes, which are not verified; what its media type says may
  /// be something else.
  Result<Compression> stored_compression(std::size_t layer) const;
  /// A sentence for each layer whose media type names another compression than it has.
  Result<std::vector<std::string>> wrong_labels() const;

  const BlobStore& store() const noexcept { return *m_parts->store; }
  /// Where what is attached to the image is found; null for docker-archive. Lives as long as a copy of the image.
  const Repository* repository() const noexcept { return m_parts->repository.get(); }

private:
  std::shared_ptr<const Parts> m_parts;
};

} // namespace kif::oci
