// SPDX-License-Identifier: Apache-2.0
// Layers that lie over one another, as a tree of files needs them. Who has them, an image most often, is above this room.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/reader.h"
#include "base/result.h"

namespace kif::oci {

/// Safe to read from several threads.
class LayerStack {
public:
  virtual ~LayerStack() = default;

  /// What all of them together are called in errors: "oci:x:y".
  virtual std::string stack_name() const = 0;
  virtual std::size_t layer_count() const noexcept = 0;
  /// "layer 2 of oci:x:y", counted from 1. `layer` counts from 0, which is the lowest.
  virtual std::string layer_name(std::size_t layer) const = 0;
  /// The layer's tar, uncompressed. It is verified at the end of the stream, which must be read for it.
  virtual Result<std::unique_ptr<Reader>> open_layer(std::size_t layer) const = 0;

protected:
  LayerStack() = default;
  LayerStack(const LayerStack&) = default;
  LayerStack& operator=(const LayerStack&) = default;
  LayerStack(LayerStack&&) = default;
  LayerStack& operator=(LayerStack&&) = default;
};

} // namespace kif::oci
