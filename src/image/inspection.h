// SPDX-License-Identifier: Apache-2.0
// What an image has that the FIPS layer must fit: its libc, its libcrypto, and what would get past both. Nothing of the
// image is run.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/glibc.h"
#include "image/runtime_programs.h"
#include "oci/file_tree.h"
#include "oci/image.h"

namespace kif::image {

/// A libcrypto: where it is in the image, and the version in its own version text.
struct FoundLibcrypto {
  std::string path;
  std::string version;
};

struct Inspection {
  Glibc glibc;
  std::string glibc_path;
  FoundLibcrypto libcrypto; ///< libcrypto.so.3 that the loader takes
  std::vector<FoundLibcrypto>
      other_shared; ///< further libcrypto files: bundled with a program, or another major version
  std::vector<FoundLibcrypto>
      linked_in; ///< files with a libcrypto inside them, which may ignore the image's configuration
  std::vector<RuntimeProgram> runtimes;  ///< those that need more than the configuration, by path
  std::vector<std::string> not_searched; ///< ELF files too large to look into
};

using Progress = std::function<void(std::string_view)>;

/// FileTree::Options::head_bytes that the tree given to inspect() must have been read with.
inline constexpr std::size_t k_inspection_head_bytes = 4;

/// Looks at the merged tree of `image`. unsupported, with the reason, for an image that the layer cannot serve: no
/// Linux, no glibc (musl is named), no libcrypto, OpenSSL 1.1 only, a libcrypto.so.3 that is not OpenSSL's.
Result<Inspection> inspect(const oci::Image& image, const oci::FileTree& tree, const Progress& progress);

} // namespace kif::image
