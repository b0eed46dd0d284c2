// SPDX-License-Identifier: Apache-2.0
// Where each libcrypto of an image looks for openssl.cnf by itself. It does so in programs with file capabilities or
// setuid, which ignore OPENSSL_CONF, and wherever the variable is lost: `env -i`, sudo, cron, a service's start.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/inspection/own_sections.h"
#include "layer/file_tree.h"
#include "oci/image.h"

namespace kif::image {

/// A folder that is compiled into a libcrypto as its OPENSSLDIR.
struct OpensslFolder {
  std::string file; ///< that the libcrypto is, or that it is linked into
  std::string path; ///< of the folder
};

/// The folders that the libcrypto of OpenSSL 3.0 or newer in these bytes has as OPENSSLDIR: one, as a rule; none where
/// there is no such libcrypto. Only paths that a layer may write to: absolute and plain, bounded, in no folder that the
/// kernel or an engine mounts, nor in the layer's own.
std::vector<std::string> openssl_folders_in(std::span<const std::byte> content);

/// The configuration files that the layer writes, and what each keeps of the image's own.
struct ConfigPlaces {
  struct Copy {
    std::string path; ///< absolute, all links followed
    OwnSections own;
  };
  OwnSections main = {};                     ///< for the layer's own file: what the first folder's keeps
  std::vector<Copy> copies = {};             ///< by path, each once
  std::vector<std::string> not_reached = {}; ///< libcryptos whose place cannot be written to, a sentence each
  std::vector<std::string> warnings = {};
};

/// `folders`: that of the libcrypto which the loader takes comes first. `layer_config` is the layer's text. An own file
/// that cannot be read as OpenSSL's configuration is left out with a warning. An error: the image's content could not
/// be read.
Result<ConfigPlaces> find_config_places(const oci::Image& image, const oci::FileTree& base,
                                        const std::vector<OpensslFolder>& folders, std::string_view layer_config);

} // namespace kif::image
