// SPDX-License-Identifier: Apache-2.0
// The packages in an rpm database: rpmdb.sqlite, Packages.db (ndb) or Packages (Berkeley DB), read by the rpm program.
//
// Why a child process and not librpm: the database comes out of a foreign image, and three database formats with rpm's
// headers in them are much code to run on it. In a child a crash is one error, time and output are bounded, and kif
// does not load Lua and SQLite for the images that have no rpm at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sbom/document.h"

namespace kif::sbom {

/// `folder` holds copies of the database's files and nothing else; rpm may write beside them. How large they may be is
/// the caller's to bound. `where` names the database in errors.
/// not_found: no database in the folder, or no rpm program on this machine; invalid_input: rpm cannot read it;
/// unsupported: this machine's rpm was built without that form; timeout and too_large: over 60 s or
/// k_max_packages.
Result<Document> read_rpm_database(const std::filesystem::path& folder, const std::string& where);

/// Whether a file of this name is a database of one of the three forms. Beside rpmdb.sqlite there may be
/// rpmdb.sqlite-wal, which belongs to it.
bool is_rpm_database_file(std::string_view file_name) noexcept;

} // namespace kif::sbom
