// SPDX-License-Identifier: Apache-2.0
#include "watch/writable_layer.h"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "watch/trial.h"

namespace kif::watch {
namespace {

namespace fs = std::filesystem;

/// All that the child needs: it only makes system calls.
struct Trial {
  const WritableMount& mount;
  std::string target;
  std::string options;
};

bool mounts_in_child(const Trial& trial) {
  const Command::Preparation preparation = trial.mount.preparation();
  return preparation.make(preparation.data) && ::mkdir(trial.target.c_str(), 0755) == 0 &&
         ::mount("overlay", trial.target.c_str(), "overlay", 0, trial.options.c_str()) == 0;
}

} // namespace

Result<std::optional<WritableLayer>> make_writable_layer(const fs::path& empty_folder, const fs::path& of_container,
                                                         const Bounds& bounds, const Host& host) {
  KIF_TRY(const fs::path folder, absolute_path(empty_folder));
  KIF_TRY(const fs::path root, absolute_path(of_container));
  WritableLayer layer{.folder = folder};
  KIF_TRY(const WritableMount mount, WritableMount::prepare(layer, root, bounds, host));
  // The characters that part the mount's own options: no folder of kif's has them, and TMPDIR's may.
  const bool is_plain = (folder.string() + root.string()).find_first_of(":,\\") == std::string::npos;
  const Trial trial{.mount = mount,
                    .target = folder / "trial",
                    .options = "lowerdir=" + root.string() + ",upperdir=" + layer.upper().string() + ",workdir=" +
                               layer.work().string() + (host.gives_user_name_space() ? ",userxattr" : "")};
  if (!is_plain || in_child([&trial] { return mounts_in_child(trial) ? 0 : 1; }) != 0)
    return std::optional<WritableLayer>();
  return std::optional(layer);
}

Result<WritableMount> WritableMount::prepare(const WritableLayer& layer, const fs::path& root, const Bounds& bounds,
                                             const Host& host) {
  struct stat of_root {};
  if (::stat(root.c_str(), &of_root) != 0)
    return fail(system_error(errno, "cannot look at " + root.string()));
  WritableMount mount;
  mount.m_folder = layer.folder;
  mount.m_upper = layer.upper();
  mount.m_work = layer.work();
  // 0 is no bound there, too (tmpfs(5)); without an option it would be half of the machine's memory.
  mount.m_options = "mode=0755,size=" + std::to_string(bounds.written_bytes) +
                    ",nr_inodes=" + std::to_string(bounds.written_bytes > 0 ? bounds.written_files : 0);
  mount.m_uid_map = std::to_string(host.uid) + " " + std::to_string(host.uid) + " 1";
  mount.m_gid_map = std::to_string(host.gid) + " " + std::to_string(host.gid) + " 1";
  mount.m_is_rootless = host.is_rootless();
  mount.m_mode = of_root.st_mode & 07777U;
  mount.m_uid = of_root.st_uid;
  mount.m_gid = of_root.st_gid;
  return mount;
}

bool WritableMount::mount_in_child(const void* mount) noexcept {
  const auto& self = *static_cast<const WritableMount*>(mount);
  if (::unshare(CLONE_NEWNS | (self.m_is_rootless ? CLONE_NEWUSER : 0)) != 0)
    return false;
  if (self.m_is_rootless &&
      (!write_kernel_file("/proc/self/setgroups", "deny") || !write_kernel_file("/proc/self/uid_map", self.m_uid_map) ||
       !write_kernel_file("/proc/self/gid_map", self.m_gid_map)))
    return false;
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0 &&
         ::mount("kif", self.m_folder.c_str(), "tmpfs", MS_NODEV, self.m_options.c_str()) == 0 &&
         ::mkdir(self.m_upper.c_str(), 0755) == 0 && ::mkdir(self.m_work.c_str(), 0755) == 0 &&
         ::chmod(self.m_upper.c_str(), self.m_mode) == 0 &&
         (self.m_is_rootless || ::chown(self.m_upper.c_str(), self.m_uid, self.m_gid) == 0);
}

Result<WrittenView> WrittenView::open(WritableLayer& layer) {
  UniqueFd fd(::open(layer.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd)
    return fail(system_error(errno, "cannot open " + layer.folder.string()));
  layer.seen_by_kif = "/proc/self/fd/" + std::to_string(fd.get());
  std::error_code error; // links of TMPDIR would be followed in kif's own root, not in the runtime's
  const fs::path folder = fs::canonical(layer.folder, error);
  return WrittenView(std::move(fd), error ? layer.folder : folder);
}

// In the place of the other, in one step: whoever reads in the meantime finds the one or the other.
void WrittenView::look_into(int runtime_pid) const noexcept {
  const std::string path = "/proc/" + std::to_string(runtime_pid) + "/root" + m_folder;
  const UniqueFd fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (fd)
    ::dup3(fd.get(), m_fd.get(), O_CLOEXEC);
}

} // namespace kif::watch
