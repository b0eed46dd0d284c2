// SPDX-License-Identifier: Apache-2.0
// The files that the kernel shows of itself: /proc, /sys, /dev. Below a folder, so that tests can show others.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kif::host {

class Root {
public:
  Root() = default;
  explicit Root(std::filesystem::path folder) : m_folder(std::move(folder)) {}

  std::filesystem::path at(std::string_view name) const { return m_folder / name.substr(1); }
  bool has(std::string_view name) const;
  /// The file without spaces and newlines at its end. At most 1 MiB. `name` is absolute, and is what an error names.
  Result<std::string> text(std::string_view name) const;
  /// What a link points to.
  Result<std::string> link(std::string_view name) const;

private:
  std::filesystem::path m_folder = "/";
};

std::vector<std::string> words(std::string_view text);
std::vector<std::string> lines(std::string_view text);

/// The rest of the line that begins with `name:`, spaces removed. not_found where there is none. `file` is what an
/// error names.
Result<std::string> field(std::string_view text, std::string_view name, std::string_view file);

} // namespace kif::host
