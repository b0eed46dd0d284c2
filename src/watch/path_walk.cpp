// SPDX-License-Identifier: Apache-2.0
#include "watch/path_walk.h"

#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "watch/proc_text.h"

namespace kif::watch {
namespace {

constexpr int k_max_links = 40; // as the kernel's own walk (MAXSYMLINKS)

UniqueFd open_path(int at, const std::string& name, int flags) {
  return UniqueFd(::openat(at, name.c_str(), O_PATH | O_CLOEXEC | flags));
}

bool is_on_procfs(int fd) {
  struct statfs status {};
  return ::fstatfs(fd, &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

bool is_same_file(int a, int b) {
  struct stat first {};
  struct stat second {};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

// The thread's number and its process's, in its own innermost PID namespace: the names they have in their own /proc.
std::optional<std::string> number_in_namespace(int tid, std::string_view key) {
  const auto status = read_proc(tid, "status");
  if (!status)
    return std::nullopt;
  const std::size_t at = status->find("\n" + std::string(key) + ":");
  if (at == std::string::npos)
    return std::nullopt;
  const std::string line = status->substr(at + 1, status->find('\n', at + 1) - at - 1);
  return line.substr(line.rfind('\t') + 1);
}

/// Walks a path part by part from a folder, within a root, with links read by hand.
class Walk {
public:
  Walk(int tid, UniqueFd root, UniqueFd start) : m_tid(tid), m_root(std::move(root)), m_here(std::move(start)) {}

  UniqueFd to_end(std::string_view path) {
    push(path);
    while (!m_parts.empty()) {
      const std::string part = std::move(m_parts.back());
      m_parts.pop_back();
      if (!step(part))
        return {};
    }
    return std::move(m_here);
  }

private:
  // The parts still to go, the next one last.
  void push(std::string_view path) {
    if (path.starts_with('/'))
      m_here = UniqueFd(::fcntl(m_root.get(), F_DUPFD_CLOEXEC, 0));
    while (!path.empty()) {
      const std::size_t slash = path.rfind('/');
      const std::string_view part = slash == std::string_view::npos ? path : path.substr(slash + 1);
      if (!part.empty() && part != ".")
        m_parts.emplace_back(part);
      path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
    }
  }

  bool step(const std::string& part) {
    if (part == "..") {
      if (!is_same_file(m_here.get(), m_root.get()))
        m_here = open_path(m_here.get(), "..", 0);
      return static_cast<bool>(m_here);
    }
    UniqueFd next = open_path(m_here.get(), part, O_NOFOLLOW);
    struct stat status {};
    if (!next || ::fstat(next.get(), &status) != 0)
      return false;
    if (!S_ISLNK(status.st_mode)) {
      m_here = std::move(next);
      return true;
    }
    return ++m_links <= k_max_links && follow(part, next.get());
  }

  bool follow(const std::string& name, int link) {
    if (is_on_procfs(link)) {
      if (name == "self" || name == "thread-self")
        return follow_self(name);
      // A link that the kernel makes on the fly leads to the file itself, not to the text it shows; a plain one of
      // procfs
      // (/proc/mounts → self/mounts) begins with its text, and never with a slash.
      if (!text_of(link).starts_with("self/")) {
        m_here = open_path(m_here.get(), name, 0);
        return static_cast<bool>(m_here);
      }
    }
    push(text_of(link));
    return static_cast<bool>(m_here);
  }

  bool follow_self(const std::string& name) {
    const auto process = number_in_namespace(m_tid, "NStgid");
    const auto thread = number_in_namespace(m_tid, "NSpid");
    if (!process || !thread)
      return false;
    push(name == "self" ? *process : *process + "/task/" + *thread);
    return true;
  }

  static std::string text_of(int link) {
    std::array<char, PATH_MAX> target{};
    const ssize_t length = ::readlinkat(link, "", target.data(), target.size());
    return length < 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(length));
  }

  int m_tid;
  UniqueFd m_root;
  UniqueFd m_here;
  std::vector<std::string> m_parts;
  int m_links = 0;
};

UniqueFd start_folder(int tid, int directory_fd) {
  const std::string entry = directory_fd == AT_FDCWD ? "cwd" : "fd/" + std::to_string(directory_fd);
  return open_path(AT_FDCWD, proc_path(tid, entry), 0);
}

} // namespace

UniqueFd open_path_of(int tid, int directory_fd, const std::string& path) {
  if (path.empty())
    return {};
  UniqueFd root = open_path(AT_FDCWD, proc_path(tid, "root"), O_DIRECTORY);
  if (!root)
    return {};
  if (path.front() == '/') {
    struct open_how how {};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT;
    UniqueFd file(static_cast<int>(::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how)));
    if (file)
      return file;
  }
  UniqueFd start =
      path.front() == '/' ? UniqueFd(::fcntl(root.get(), F_DUPFD_CLOEXEC, 0)) : start_folder(tid, directory_fd);
  if (!start)
    return {};
  return Walk(tid, std::move(root), std::move(start)).to_end(path);
}

} // namespace kif::watch
