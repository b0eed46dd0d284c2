// SPDX-License-Identifier: Apache-2.0
#include "base/root_file.h"

#include <algorithm>
#include <cerrno>
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

Result<UniqueFd> open_anything(const std::filesystem::path& root, const std::string& path, std::uint64_t flags) {
  KIF_TRY(const UniqueFd folder, open_file(root, O_PATH | O_DIRECTORY));
  struct open_how how {};
  how.flags = flags | O_RDONLY | O_CLOEXEC | O_NONBLOCK; // a pipe in its place must not hold us
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  UniqueFd file(static_cast<int>(::syscall(SYS_openat2, folder.get(), path.c_str(), &how, sizeof how)));
  if (!file)
    return fail(system_error(errno, "cannot open " + path + " in " + root.string()));
  return file;
}

bool is_regular(const UniqueFd& file) {
  struct stat status {};
  return ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode);
}

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

} // namespace

UniqueFd open_in_root(const std::filesystem::path& root, const std::string& path) {
  auto file = open_anything(root, path, 0);
  return file && is_regular(*file) ? *std::move(file) : UniqueFd();
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

Result<std::optional<std::string>> read_in_root_if_there(const std::filesystem::path& root, const std::string& path,
                                                         std::uint64_t max_bytes) {
  auto file = open_anything(root, path, 0);
  if (!file && file.error().code != ErrorCode::not_found)
    return fail(std::move(file).error());
  if (!file || !is_regular(*file))
    return std::optional<std::string>();
  const std::string what = path + " in " + root.string();
  FdReader reader(*std::move(file), what);
  KIF_TRY(std::string content, read_to_end(reader, max_bytes, what));
  return std::optional(std::move(content));
}

Result<std::vector<std::string>> list_in_root(const std::filesystem::path& root, const std::string& path,
                                              std::size_t max_names) {
  auto file = open_anything(root, path, O_DIRECTORY);
  if (!file && file.error().code != ErrorCode::not_found) // ENOTDIR is not_found too
    return fail(std::move(file).error());
  std::vector<std::string> names;
  if (!file)
    return names;
  const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(file->get()));
  if (!folder)
    return fail(system_error(errno, "cannot read " + path + " in " + root.string()));
  file->release(); // the folder closes it
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr && errno != 0)
      return fail(system_error(errno, "cannot read " + path + " in " + root.string()));
    if (entry == nullptr)
      break;
    const std::string name = entry->d_name;
    if (name == "." || name == "..")
      continue;
    if (names.size() == max_names)
      return fail(ErrorCode::too_large, "cannot read " + path + " in " + root.string() + ": more than " +
                                            std::to_string(max_names) + " names");
    names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

} // namespace kif
