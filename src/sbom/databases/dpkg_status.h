// SPDX-License-Identifier: Apache-2.0
// The packages that dpkg has installed: /var/lib/dpkg/status, and the files of /var/lib/dpkg/status.d that distroless
// images have instead, one package each. Both are deb822(5); a status.d file has no field Status.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "sbom/document.h"

namespace kif::sbom {

/// Packages whose files are there; those that are removed, even where their configuration stayed, are none. A stanza
/// without Status counts as installed. `where` names the file in errors, which name the line. invalid_input: a line
/// that is no field, a stanza without Package, an installed one without Version, a field twice, an unknown state;
/// too_large: over k_max_document_bytes or k_max_packages.
Result<Document> read_dpkg_status(std::string_view text, const std::string& where);

} // namespace kif::sbom
