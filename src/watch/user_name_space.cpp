// SPDX-License-Identifier: Apache-2.0
#include "watch/user_name_space.h"

#include <string>
#include <string_view>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "watch/trial.h"

namespace kif::watch {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_all_numbers = "0 0 4294967295";

/// All that the children need: they only make system calls.
struct Trial {
  std::string folder;
  std::string lower;
  std::string upper;
  std::string work;
  std::string target;
  std::string options;
  int to_child;
  int to_parent;
};

bool mounts_all(const Trial& trial) {
  const auto make = [](const std::string& path) { return ::mkdir(path.c_str(), 0755) == 0; };
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("kif", trial.folder.c_str(), "tmpfs", 0, "mode=0755") == 0 && make(trial.lower) && make(trial.upper) &&
         make(trial.work) && make(trial.target) && ::setxattr(trial.upper.c_str(), "user.overlay.kif", "", 0, 0) == 0 &&
         ::mount("overlay", trial.target.c_str(), "overlay", 0, trial.options.c_str()) == 0 &&
         ::mount("proc", trial.lower.c_str(), "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, nullptr) == 0 &&
         ::mount("sysfs", trial.work.c_str(), "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, nullptr) == 0;
}

/// procfs is that of a process's own process numbers: so there is one more child.
bool mounts_in_name_space(const Trial& trial) {
  char byte = 0;
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET) != 0 ||
      ::write(trial.to_parent, &byte, 1) != 1 || ::read(trial.to_child, &byte, 1) != 1)
    return false;
  return in_child([&trial] { return mounts_all(trial) ? 0 : 1; }) == 0;
}

bool give_numbers(pid_t child) {
  const std::string process = "/proc/" + std::to_string(child);
  return write_kernel_file((process + "/uid_map").c_str(), k_all_numbers) &&
         write_kernel_file((process + "/gid_map").c_str(), k_all_numbers);
}

} // namespace

bool can_have_user_name_space(const fs::path& folder) {
  int to_child[2];
  int to_parent[2];
  if (::pipe2(to_child, O_CLOEXEC) != 0)
    return false;
  const UniqueFd child_reads(to_child[0]);
  UniqueFd parent_writes(to_child[1]);
  if (::pipe2(to_parent, O_CLOEXEC) != 0)
    return false;
  const UniqueFd parent_reads(to_parent[0]);
  UniqueFd child_writes(to_parent[1]);
  const std::string base = folder;
  const Trial trial{.folder = base,
                    .lower = base + "/lower",
                    .upper = base + "/upper",
                    .work = base + "/work",
                    .target = base + "/target",
                    .options =
                        "lowerdir=" + base + "/lower,upperdir=" + base + "/upper,workdir=" + base + "/work,userxattr",
                    .to_child = child_reads.get(),
                    .to_parent = child_writes.get()};
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(parent_writes.get());
    ::_exit(mounts_in_name_space(trial) ? 0 : 1);
  }
  child_writes.reset();
  char byte = 0;
  if (child > 0 && ::read(parent_reads.get(), &byte, 1) == 1 && give_numbers(child)) {
    [[maybe_unused]] const ssize_t written = ::write(parent_writes.get(), &byte, 1);
  }
  parent_writes.reset(); // without the byte it ends
  return wait_for_exit(child) == 0;
}

} // namespace kif::watch
