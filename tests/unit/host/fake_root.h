// SPDX-License-Identifier: Apache-2.0
// A folder with files of a /proc, a /sys and a /dev that a test makes up.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/file.h"
#include "host/root.h"

namespace kif::host {

class FakeRoot {
public:
  FakeRoot() : m_folder(TempDir::create("kif-fake-root-").value()) {}

  FakeRoot& file(std::string_view name, std::string_view content) {
    const auto path = root().at(name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
    return *this;
  }
  FakeRoot& link(std::string_view name, const std::string& target) {
    const auto path = root().at(name);
    std::filesystem::create_directories(path.parent_path());
    std::filesystem::create_symlink(target, path);
    return *this;
  }
  Root root() const { return Root(m_folder.path()); }

private:
  TempDir m_folder;
};

} // namespace kif::host
