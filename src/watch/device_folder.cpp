// SPDX-License-Identifier: Apache-2.0
#include "watch/device_folder.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"

namespace kif::watch {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr std::array<std::pair<const char*, const char*>, 5> k_links = {{{"fd", "/proc/self/fd"},
                                                                         {"stdin", "/proc/self/fd/0"},
                                                                         {"stdout", "/proc/self/fd/1"},
                                                                         {"stderr", "/proc/self/fd/2"},
                                                                         {"ptmx", "pts/ptmx"}}};
constexpr std::array<std::string_view, 4> k_plain_devices = {"null", "zero", "full", "tty"};
constexpr std::array<std::string_view, 3> k_random_devices = {"random", "urandom", "hwrng"};

// Through /proc/self/fd, because a socket's name has room for 107 bytes only, and a temporary folder may be deep.
Result<void> make_refusing_file(const UniqueFd& folder, const fs::path& path) {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + path.filename().string();
  std::memcpy(address.sun_path, name.data(), std::min(name.size(), sizeof address.sun_path - 1));
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0666) != 0) // else another user would get EACCES before ENXIO
    return fail(system_error(errno, "cannot make " + path.string()));
  return {};
}

Result<Json> mount_host_device(const fs::path& folder, std::string_view name) {
  KIF_TRY(const UniqueFd mount_point, open_file(folder / name, O_WRONLY | O_CREAT | O_EXCL, 0666));
  return Json{{"destination", "/dev/" + std::string(name)},
              {"type", "bind"},
              {"source", "/dev/" + std::string(name)},
              {"options", Json::array({"bind"})}};
}

Json mount_folder(const fs::path& folder) {
  Json options = {"bind", "ro", "nosuid", "nodev"};
  struct statvfs status {};
  // In a user namespace a mount's locked flags must be named again, or the read-only remount is refused
  // (mount_namespaces(7)).
  if (::statvfs(folder.c_str(), &status) == 0 && (status.f_flag & ST_NOEXEC) != 0)
    options.push_back("noexec");
  return {{"destination", "/dev"}, {"type", "bind"}, {"source", folder.string()}, {"options", std::move(options)}};
}

} // namespace

Result<Json> make_device_folder(const fs::path& folder, Mode mode) {
  if (::chmod(folder.c_str(), 0755) != 0)
    return fail(system_error(errno, "cannot prepare " + folder.string()));
  KIF_TRY(const UniqueFd fd, open_file(folder, O_RDONLY | O_DIRECTORY));
  for (const char* name : {"pts", "shm"})
    if (::mkdirat(fd.get(), name, 0755) != 0)
      return fail(system_error(errno, "cannot make " + (folder / name).string()));
  for (const auto& [name, target] : k_links)
    if (::symlinkat(target, fd.get(), name) != 0)
      return fail(system_error(errno, "cannot make " + (folder / name).string()));

  Json mounts = Json::array();
  mounts.push_back(mount_folder(folder));
  mounts.push_back({{"destination", "/dev/pts"},
                    {"type", "devpts"},
                    {"source", "devpts"},
                    {"options", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}}});
  mounts.push_back({{"destination", "/dev/shm"},
                    {"type", "tmpfs"},
                    {"source", "shm"},
                    {"options", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k", "nr_inodes=65536"}}});
  for (const std::string_view name : k_plain_devices) {
    KIF_TRY(Json mount, mount_host_device(folder, name));
    mounts.push_back(std::move(mount));
  }
  for (const std::string_view name : k_random_devices) {
    if (mode == Mode::deny) {
      KIF_CHECK(make_refusing_file(fd, folder / name));
    } else if (name != "hwrng" || ::access("/dev/hwrng", F_OK) == 0) {
      KIF_TRY(Json mount, mount_host_device(folder, name));
      mounts.push_back(std::move(mount));
    }
  }
  return mounts;
}

} // namespace kif::watch
