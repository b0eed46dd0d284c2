// SPDX-License-Identifier: Apache-2.0
// What the language runtimes of an image need beside OpenSSL's configuration, found by looking at the image: files for
// the layer, variables for the configuration, and warnings of what cannot be forced. docs/design/0010-runtimes.md.
#pragma once

#include <string>
#include <vector>

#include "image/config_edit.h"
#include "image/inspection/inspection.h"
#include "image/layer.h"
#include "layer/file_tree.h"

namespace kif::image {

struct RuntimeSupport {
  std::vector<LayerFile> files;
  std::vector<Variable> environment = {};
  std::vector<std::string> warnings = {};    ///< a sentence each, with the first few paths where it is true of many
  std::vector<std::string> not_reached = {}; ///< the same sentences with all paths
};

/// `base` is the tree without the FIPS layer, `found` what inspect() says of it.
RuntimeSupport support_runtimes(const oci::FileTree& base, const Inspection& found);

} // namespace kif::image
