// SPDX-License-Identifier: Apache-2.0
// Which of an image's layers is kif's, what the image's layers above it add, and whether kif's files are still those of
// that layer. A later layer can replace files, manifest and description together; it cannot become the layer whose
// digest the image's label names.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "layer/file_tree.h"
#include "oci/image.h"
#include "verify/findings/finding.h"

namespace kif::verify {

struct LayerPlace {
  struct Above {
    std::string layer;              ///< "layer 3 of oci:x:y"
    std::size_t files = 0;          ///< that it adds or replaces
    std::vector<std::string> named; ///< the first of them
  };
  std::optional<std::size_t> layer = {};     ///< kif's, the lowest of the image is 0
  std::string defect;                        ///< why no layer is known to be kif's; empty: one is
  std::vector<std::string> files;            ///< of that layer, those that no later one has replaced; sorted
  std::vector<Above> above;                  ///< the lowest first
  std::map<std::string, std::string> labels; ///< of the image, those that begin with "kif."
};

/// "sha256:…" of a file in the unpacked image `root`; empty where there is no such file.
std::string digest_in(const std::filesystem::path& root, const std::string& path);

/// By the image's label kif.layer.diff-id.
LayerPlace find_layer_place(const oci::Image& image, const oci::FileTree& tree);

/// What is wrong with the place of `paths`, absolute, and of the parts that every layer of kif's has; empty: nothing.
std::vector<std::string> misplaced(const LayerPlace& place, const std::vector<std::string>& paths);

/// LIVE-IMAGE-LAYERS-ABOVE: names them, and does not judge.
Finding layers_above(const LayerPlace& place);

/// LIVE-LAYER-ORIGIN: kif's own programs in the unpacked image `root` are those in `payload`, this kif's.
Finding layer_origin(const std::filesystem::path& root, const std::filesystem::path& payload);

} // namespace kif::verify
