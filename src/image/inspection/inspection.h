// SPDX-License-Identifier: Apache-2.0
// What an image has that the FIPS layer must fit: its libc, its libcrypto, and what would get past both. Nothing of the
// image is run.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/inspection/config_places.h"
#include "image/inspection/glibc.h"
#include "image/inspection/runtime_programs.h"
#include "layer/file_tree.h"
#include "oci/image.h"
#include "oci/image_config.h"

namespace kif::image {

/// A libcrypto: where it is in the image, and the version that it tells.
struct FoundLibcrypto {
  std::string path;
  std::string version;    ///< empty: unknown
  bool is_static = false; ///< linked into a program that no loader completes, which cannot load the FIPS layer

  /// "OpenSSL 3.5.4", "OpenSSL of unknown version"
  std::string name() const;
};

struct Inspection {
  Glibc glibc;
  std::string glibc_path;
  FoundLibcrypto libcrypto; ///< that the loader takes: of the newest major version that kif knows and the image has
  std::vector<FoundLibcrypto>
      further; ///< that the loader takes for programs of each older major version that kif knows
  std::vector<FoundLibcrypto> other_shared; ///< bundled with a program, or of a major version that kif does not know
  std::vector<FoundLibcrypto>
      linked_in; ///< files with a libcrypto inside them, which may ignore the image's configuration
  std::vector<OpensslFolder> openssl_folders; ///< of `libcrypto` first, the others by file; none of static programs
  std::vector<RuntimeProgram> runtimes;       ///< those that need more than the configuration, by path
  std::vector<std::string> own_contexts;      ///< programs and libraries that make library contexts of their own
  std::vector<std::string> not_searched;      ///< ELF files too large to look into
  std::optional<std::string> first_process;   ///< first_process_warning() of the image's first program
};

using Progress = std::function<void(std::string_view)>;

/// How the tree given to inspect() must have been read: ELF files are marked, and what inspection reads of an image by
/// its usual names is kept, the script that an image of this configuration starts with among it, so that no layer is
/// unpacked for it again.
oci::FileTree::Options inspection_options(const oci::ImageConfig& config = {});

/// Looks at the merged tree of `image`. unsupported, with the reason, for an image that the layer cannot serve: no
/// Linux, no glibc (musl is named), no libcrypto, OpenSSL of another major version only, a libcrypto that is not
/// OpenSSL's. too_large: more programs with cryptography in them than any image has.
Result<Inspection> inspect(const oci::Image& image, const oci::FileTree& tree, const Progress& progress);

} // namespace kif::image
