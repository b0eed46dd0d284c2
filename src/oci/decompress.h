// SPDX-License-Identifier: Apache-2.0
// Decompression of streams. Layers by zlib and libzstd themselves: what is in a blob must be what its media type says,
// no more and no less. Whole archives, where skopeo takes any compression, by libarchive.
#pragma once

#include <memory>
#include <string>

#include "base/reader.h"
#include "base/result.h"
#include "oci/manifest.h"

namespace kif::oci {

/// The content of a layer's blob; Compression::none gives `source` itself. Checksums inside the format are checked.
/// When the content ends or breaks off, the rest of `source` is read too, so that a VerifiedReader below comes to its
/// verdict; where both fail, its verdict is the error, since broken content is most often content with a wrong digest.
/// `name` names the stream in errors.
std::unique_ptr<Reader> decompress_layer(std::unique_ptr<Reader> source, Compression compression, std::string name);

/// The content of a file that may be compressed by gzip, bzip2, xz, lzma or zstd; invalid_input where it is by none of
/// them.
Result<std::unique_ptr<Reader>> decompress_archive(std::unique_ptr<Reader> source, std::string name);

} // namespace kif::oci
