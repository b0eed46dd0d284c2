// SPDX-License-Identifier: Apache-2.0
#include "cli/payload.h"

namespace kif::cli {
namespace {

// <prefix>/FOLDER/kif.
Result<std::filesystem::path> own_folder(const std::string& beside_bin) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error)
    return fail(ErrorCode::io, "cannot find the program's own path: " + error.message());
  const auto folder = program.parent_path().parent_path() / beside_bin / "kif";
  if (!std::filesystem::is_directory(folder, error))
    return fail(Error(ErrorCode::not_found, "cannot find kif's own files: no folder " + folder.string())
                    .with_hint("kif's bin and " + beside_bin + " folders belong beside each other"));
  return folder;
}

} // namespace

Result<std::filesystem::path> payload_folder() {
  return own_folder("lib");
}

Result<std::filesystem::path> data_folder() {
  return own_folder("share");
}

Result<std::filesystem::path> payload_folder(const std::string& architecture) {
  KIF_TRY(const auto folder, payload_folder());
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder / architecture, ignored))
    return fail(ErrorCode::not_found,
                "cannot find kif's own files for " + architecture + ": no folder " + (folder / architecture).string());
  return folder / architecture;
}

} // namespace kif::cli
