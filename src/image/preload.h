// SPDX-License-Identifier: Apache-2.0
// /etc/ld.so.preload: what the loader puts into every process of the image, whoever starts it with whatever
// environment.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "layer/file_tree.h"
#include "oci/image.h"

namespace kif::image {

/// What the image's own file says; empty where it has none. too_large over 64 KiB.
Result<std::string> read_preload(const oci::Image& image, const oci::FileTree& tree);

/// The file with libkif-random.so in front: of two libraries that have a function, the loader takes the first.
std::string preload_text(std::string_view preloaded);

} // namespace kif::image
