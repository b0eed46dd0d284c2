// SPDX-License-Identifier: Apache-2.0
// One pass over one layer's tar, to its verified end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/result.h"
#include "layer/file_tree.h"
#include "layer/layer_stack.h"
#include "layer/tar_reader.h"

namespace kif::oci {

/// Calls `visit` for each entry of the layer, with its number; the reader gives the entry's content, which need not be
/// read. Reads the layer to its end, so that its digests are verified when this returns without an error. What the
/// layer's tar holds is taken from `bytes_left`, for all layers of one image together; `bounds` gives its first value.
Result<void> for_each_entry(const LayerStack& image, std::size_t layer, const Bounds& bounds, std::uint64_t& bytes_left,
                            const std::function<Result<void>(TarEntry&, std::size_t, Reader&)>& visit);

} // namespace kif::oci
