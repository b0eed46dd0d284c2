// SPDX-License-Identifier: Apache-2.0
#include "watch/bundle.h"

#include <algorithm>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/file.h"
#include "watch/device_folder.h"
#include "watch/seccomp_profile.h"

namespace kif::watch {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

// What container engines give by default, without CAP_MKNOD (a device node would be a way around a denial), CAP_NET_RAW
// and CAP_AUDIT_WRITE (there is no network, and nothing to audit).
const Json& usual_capabilities() {
  static const Json names = {"CAP_CHOWN",  "CAP_DAC_OVERRIDE", "CAP_FSETID",  "CAP_FOWNER",           "CAP_SETGID",
                             "CAP_SETUID", "CAP_SETPCAP",      "CAP_SETFCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
                             "CAP_KILL"};
  return names;
}

Json capabilities_of(const Container& container) {
  const Json set = container.capabilities ? usual_capabilities() : Json::array();
  return {{"bounding", set}, {"effective", set}, {"permitted", set}};
}

bool has_variable(const std::vector<std::string>& environment, std::string_view name) {
  return std::ranges::any_of(environment, [name](const std::string& entry) {
    return entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=';
  });
}

Json environment_of(const Container& container) {
  Json environment = container.environment;
  if (!has_variable(container.environment, "PATH"))
    environment.push_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  return environment;
}

Json process_of(const Container& container, const Host& host) {
  Json user = {{"uid", container.user.uid}, {"gid", container.user.gid}};
  if (!container.user.groups.empty() && !host.is_rootless()) // a rootless runtime may not call setgroups
    user["additionalGids"] = container.user.groups;
  return {{"terminal", false},
          {"user", std::move(user)},
          {"args", container.arguments},
          {"env", environment_of(container)},
          {"cwd", container.working_directory},
          {"capabilities", capabilities_of(container)},
          {"noNewPrivileges", container.no_new_privileges}};
}

Json mounts_of(const Container& container, const Json& device_mounts, const fs::path& hosts_file) {
  Json mounts = Json::array();
  const auto mount = [&mounts](const std::string& destination, const char* type, const std::string& source,
                               Json options) {
    mounts.push_back(
        Json{{"destination", destination}, {"type", type}, {"source", source}, {"options", std::move(options)}});
  };
  mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"});
  mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"});
  mount("/etc/hosts", "bind", hosts_file.string(), Json::array({"bind"}));
  for (const Json& device_mount : device_mounts)
    mounts.push_back(device_mount);
  for (const std::string& folder : container.tmpfs)
    mount(folder, "tmpfs", "tmpfs", {"nosuid", "nodev", "mode=1777", "size=65536k"});
  for (const BindMount& bind : container.binds)
    mount(bind.destination, "bind", bind.source.string(), {"bind", bind.read_only ? "ro" : "rw", "nosuid", "nodev"});
  return mounts;
}

Json masked_paths(Mode mode) {
  Json paths = {"/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"};
  if (mode == Mode::deny)
    paths.push_back("/proc/sys/kernel/random"); // uuid gives 122 random bits for each read
  return paths;
}

Json namespaces_of(const Host& host) {
  Json namespaces = Json::array();
  for (const char* type : {"pid", "network", "ipc", "uts", "mount"})
    namespaces.push_back(Json{{"type", type}});
  if (host.is_rootless())
    namespaces.push_back(Json{{"type", "user"}});
  return namespaces;
}

} // namespace

Host Host::of_process() {
  return {static_cast<std::uint32_t>(::geteuid()), static_cast<std::uint32_t>(::getegid())};
}

Json runtime_config(const Container& container, const Host& host, const Json& device_mounts, const fs::path& hosts_file,
                    const std::string& listener_path) {
  Json linux_part = {{"namespaces", namespaces_of(host)},
                     {"maskedPaths", masked_paths(container.mode)},
                     {"readonlyPaths", {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}}};
  if (host.is_rootless()) {
    linux_part["uidMappings"] = Json::array({Json{{"containerID", 0}, {"hostID", host.uid}, {"size", 1}}});
    linux_part["gidMappings"] = Json::array({Json{{"containerID", 0}, {"hostID", host.gid}, {"size", 1}}});
  }
  if (auto profile = seccomp_profile(container.mode, container.denial, listener_path))
    linux_part["seccomp"] = *std::move(profile);
  return {{"ociVersion", "1.0.2"},
          {"process", process_of(container, host)},
          {"root", {{"path", container.root.string()}, {"readonly", container.read_only_root}}},
          {"hostname", "kif"},
          {"mounts", mounts_of(container, device_mounts, hosts_file)},
          {"linux", std::move(linux_part)}};
}

std::optional<std::string> fit_user(Container& container, const Host& host) {
  if (!host.is_rootless() || (container.user.uid == 0 && container.user.gid == 0))
    return std::nullopt;
  std::string text = "user " + std::to_string(container.user.uid) + ":" + std::to_string(container.user.gid) +
                     " runs as 0:0 without capabilities: a rootless runtime has no other user to give";
  container.user = {};
  container.capabilities = false;
  return text;
}

Result<void> write_bundle(const fs::path& folder, const Container& container, const Host& host,
                          const std::string& listener_path) {
  std::error_code error;
  const fs::path devices = folder / "dev";
  if (!fs::create_directory(devices, error))
    return fail(system_error(error.value(), "cannot make " + devices.string()));
  KIF_TRY(const Json device_mounts, make_device_folder(devices, container.mode));
  const fs::path hosts = folder / "hosts";
  KIF_TRY(AtomicFile hosts_file, AtomicFile::create(hosts));
  KIF_CHECK(hosts_file.write("127.0.0.1 localhost kif\n::1 localhost\n"));
  KIF_CHECK(hosts_file.commit());
  KIF_TRY(AtomicFile config, AtomicFile::create(folder / "config.json"));
  KIF_CHECK(config.write(runtime_config(container, host, device_mounts, hosts, listener_path).dump(2) + "\n"));
  return config.commit();
}

} // namespace kif::watch
