// SPDX-License-Identifier: Apache-2.0
#include "base/root_file.h"

#include <algorithm>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/reader.h"

namespace kif {
namespace {

UniqueFd open_anything(const std::filesystem::path& root, const std::string& path, std::uint64_t flags) {
  const auto folder = open_file(root, O_PATH | O_DIRECTORY);
  if (!folder)
    return {};
  struct open_how how {};
  how.flags = flags | O_RDONLY | O_CLOEXEC | O_NONBLOCK; // a pipe in its place must not hold us
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, folder->get(), path.c_str(), &how, sizeof how)));
}

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

} // namespace

UniqueFd open_in_root(const std::filesystem::path& root, const std::string& path) {
  UniqueFd file = open_anything(root, path, 0);
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return {};
  return file;
}

std::optional<std::string> read_in_root(const std::filesystem::path& root, const std::string& path,
                                        std::uint64_t max_bytes) {
  UniqueFd file = open_in_root(root, path);
  if (!file)
    return std::nullopt;
  FdReader reader(std::move(file), path);
  auto content = read_to_end(reader, max_bytes, path);
  return content ? std::optional(*std::move(content)) : std::nullopt;
}

std::vector<std::string> list_in_root(const std::filesystem::path& root, const std::string& path,
                                      std::size_t max_names) {
  UniqueFd file = open_anything(root, path, O_DIRECTORY);
  const std::unique_ptr<DIR, CloseFolder> folder(file ? ::fdopendir(file.get()) : nullptr);
  if (!folder)
    return {};
  file.release(); // the folder closes it
  std::vector<std::string> names;
  while (names.size() < max_names) {
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr)
      break;
    if (const std::string name = entry->d_name; name != "." && name != "..")
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

} // namespace kif
