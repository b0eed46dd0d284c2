// SPDX-License-Identifier: Apache-2.0
#include "watch/root_file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/reader.h"

namespace kif::watch {

UniqueFd open_in_root(const std::filesystem::path& root, const std::string& path) {
  const auto folder = open_file(root, O_PATH | O_DIRECTORY);
  if (!folder)
    return {};
  struct open_how how {};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK; // a pipe in its place must not hold us
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  UniqueFd file(static_cast<int>(::syscall(SYS_openat2, folder->get(), path.c_str(), &how, sizeof how)));
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

} // namespace kif::watch
