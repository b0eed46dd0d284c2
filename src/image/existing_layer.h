// SPDX-License-Identifier: Apache-2.0
// Finds the FIPS layer of an image that is hardened already, and looks at the image as if it were not there.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/result.h"
#include "image/config_edit.h"
#include "layer/file_tree.h"
#include "oci/image.h"

namespace kif::image {

/// The number of the layer that kif harden put on the image, told by its label; none for an image without one.
std::optional<std::size_t> find_existing_layer(const oci::Image& image);

/// For an image without one: conflict where it has the layer's label or files all the same (a squashed image), which
/// cannot be taken out.
Result<void> check_no_merged_layer(const oci::Image& image, const oci::FileTree& tree);

/// Whether layer `layer` of the image gives it just these files and the link to the provider, and no layer above
/// changes them.
Result<bool> has_files(const oci::Image& image, const oci::FileTree& tree, std::size_t layer,
                       const std::vector<LayerFile>& files);

/// The image without that layer. Its configuration keeps what kif harden changed in it, since the next edit sets the
/// same again.
Result<oci::Image> without_layer(const oci::Image& image, std::size_t layer);

/// The base that a hardened image names.
BaseIdentity base_named_by(const oci::Image& image);

} // namespace kif::image
