// SPDX-License-Identifier: Apache-2.0
// The packages that apk has installed, from its database: /lib/apk/db/installed, /usr/lib/apk/db/installed (apk-tools,
// "apk-installed"). Records of lines "LETTER:VALUE", an empty line between two records.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "sbom/document.h"

namespace kif::sbom {

/// `where` names the database in errors, which name the line. invalid_input: a line that is none, a record without name
/// or version, or with two; too_large: over k_max_document_bytes or k_max_packages.
Result<Document> read_apk_database(std::string_view text, const std::string& where);

} // namespace kif::sbom
