// SPDX-License-Identifier: Apache-2.0
// What the layer's configuration keeps of an image's own openssl.cnf: the sections that commands read (`openssl ca`,
// `req`, `ts`, `cmp`), and nothing that says which providers, engines, algorithms, random generators or TLS settings
// there are. docs/design/0005-fips-layer.md, "The image's own sections".
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kif::image {

/// What is kept, written without variables: libcrypto cannot fail at it, whatever the environment is.
struct OwnSections {
  std::string defaults = {};        ///< lines of the default section
  std::string sections = {};        ///< headings and lines
  std::set<std::string> names = {}; ///< of these sections
  bool has_unknown = false;         ///< lines that stand on the environment or on included files were left out
};

/// `own` is the text of the image's file, `name` its name in errors; `layer_config` is the layer's text, whose names
/// are taken. An error is one of parse_conf_text().
Result<OwnSections> keep_own_sections(std::string_view own, std::string_view name, std::string_view layer_config);

/// The layer's text with them. Where they have no `[req]`, with one that makes `openssl req`, and PHP for new keys,
/// work.
std::string with_own_sections(std::string_view layer_config, const OwnSections& own);

} // namespace kif::image
