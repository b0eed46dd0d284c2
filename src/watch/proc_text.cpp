// SPDX-License-Identifier: Apache-2.0
#include "watch/proc_text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"

namespace kif::watch {
namespace {

// The kernel writes such a file page by page: most fit into one, and a longer one is worth few calls.
constexpr std::size_t k_first_bytes = 4096;
constexpr std::size_t k_max_bytes = 4 * 1024 * 1024;

} // namespace

std::string proc_path(int tid, std::string_view entry) {
  return "/proc/" + std::to_string(tid) + "/" + std::string(entry);
}

std::optional<std::string> read_proc(int tid, std::string_view entry) {
  const UniqueFd file(::open(proc_path(tid, entry).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file)
    return std::nullopt;
  std::string text(k_first_bytes, '\0');
  std::size_t used = 0;
  for (;;) {
    const ssize_t count = ::read(file.get(), text.data() + used, text.size() - used);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0 || used > k_max_bytes)
      return std::nullopt;
    used += static_cast<std::size_t>(count);
    if (count == 0) {
      text.resize(used);
      return text;
    }
    if (text.size() - used < k_first_bytes / 2)
      text.resize(text.size() * 4);
  }
}

std::string read_link(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  return length < 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(length));
}

} // namespace kif::watch
