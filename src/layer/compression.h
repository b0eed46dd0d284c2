// SPDX-License-Identifier: Apache-2.0
// How a layer's blob is compressed, told by its content as podman and docker tell it: labels are wrong now and then.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/reader.h"
#include "base/result.h"

namespace kif::oci {

/// How a layer's tar is stored.
enum class Compression { none, gzip, zstd };

/// What the first bytes of a stream are; the stream still gives them.
struct ToldCompression {
  Compression compression = Compression::none;
  std::unique_ptr<Reader> stream;
};

/// A tar header, or the magic number of gzip or zstd; where it is neither, `label` stands. unsupported where it is a
/// compression that layers may not have (bzip2, xz). `name` names the stream in errors.
Result<ToldCompression> tell_compression(std::unique_ptr<Reader> stream, Compression label, std::string_view name);

/// "gzip", "zstd", "no compression"
std::string_view compression_name(Compression compression);

} // namespace kif::oci
