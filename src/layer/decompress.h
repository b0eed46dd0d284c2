// SPDX-License-Identifier: Apache-2.0
// Decompression of streams. Layers are of two kinds; whole archives may be of two more, since skopeo takes them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/reader.h"
#include "base/result.h"
#include "layer/compression.h"

namespace kif::oci {

/// The content of a layer's blob; Compression::none gives `source` itself. Checksums inside the format are checked.
/// When the content ends or breaks off, the rest of `source` is read too, so that a VerifiedReader below comes to its
/// verdict; where both fail, its verdict is the error, since broken content is most often content with a wrong digest.
/// `name` names the stream in errors.
std::unique_ptr<Reader> decompress_layer(std::unique_ptr<Reader> source, Compression compression, std::string name);

/// The content of a file that is compressed by gzip, bzip2, xz or zstd, told by `start`, its first bytes; invalid_input
/// where it is by none of them. Otherwise as decompress_layer().
Result<std::unique_ptr<Reader>> decompress_archive(std::unique_ptr<Reader> source, std::string_view start,
                                                   std::string name);

} // namespace kif::oci
