// SPDX-License-Identifier: Apache-2.0
#include "watch/bundle.h"

#include <algorithm>

#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "base/file.h"
#include "watch/device_folder.h"
#include "watch/seccomp_profile.h"

namespace kif::watch {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

// What container engines give by default, without CAP_MKNOD (a device node would be a way around a denial) and
// CAP_NET_RAW (there is no network). sudo ends where it cannot write to the audit.
const Json& usual_capabilities() {
  static const Json names = {"CAP_CHOWN",  "CAP_DAC_OVERRIDE", "CAP_FSETID",  "CAP_FOWNER",           "CAP_SETGID",
                             "CAP_SETUID", "CAP_SETPCAP",      "CAP_SETFCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
                             "CAP_KILL",   "CAP_AUDIT_WRITE"};
  return names;
}

// Where the machine itself runs out of memory, containers under test go before anything else (proc(5), oom_score_adj).
constexpr int k_first_to_go = 1000;
constexpr std::uint32_t k_all_numbers = 4294967295;

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

/// Of each process, where no control group bounds them together. Root's processes are not counted by user.
Json limits_of(const Container& container, const Host& host) {
  Json limits = Json::array();
  const auto limit = [&limits](const char* type, auto resource, std::uint64_t most) {
    rlimit own{};
    if (most == 0 || ::getrlimit(resource, &own) != 0)
      return;
    const std::uint64_t given = std::min<std::uint64_t>(most, own.rlim_max); // more is not an ordinary user's to give
    limits.push_back(Json{{"type", type}, {"hard", given}, {"soft", given}});
  };
  limit("RLIMIT_FSIZE", RLIMIT_FSIZE, container.bounds.file_bytes);
  if (host.has_control_groups)
    return limits;
  limit("RLIMIT_DATA", RLIMIT_DATA, container.bounds.memory_bytes);
  if (host.is_rootless())
    limit("RLIMIT_NPROC", RLIMIT_NPROC, container.bounds.processes);
  return limits;
}

/// Swap is bounded with the memory where the kernel counts it.
Json resources_of(const Bounds& bounds, bool counts_swap) {
  Json resources = Json::object();
  if (bounds.memory_bytes > 0)
    resources["memory"] = {{"limit", bounds.memory_bytes}};
  if (bounds.memory_bytes > 0 && counts_swap)
    resources["memory"]["swap"] = bounds.memory_bytes;
  if (bounds.processes > 0)
    resources["pids"] = {{"limit", bounds.processes}};
  return resources;
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
          {"rlimits", limits_of(container, host)},
          {"oomScoreAdj", k_first_to_go},
          {"noNewPrivileges", container.no_new_privileges}};
}

/// Mounted over the root before all else, and by the runtime: so it goes when the container's mount name space does.
/// In a user name space an overlay keeps its marks in other attributes (Linux 5.11).
Json overlay_options(const Container& container, const Host& host) {
  Json options = {"lowerdir=" + container.root.string(), "upperdir=" + container.writable->upper().string(),
                  "workdir=" + container.writable->work().string()};
  if (host.gives_user_name_space())
    options.push_back("userxattr");
  return options;
}

/// In a user name space these flags of a mount must be named again, or its read-only remount is refused
/// (mount_namespaces(7)).
unsigned long locked_flags(const fs::path& source) {
  struct statvfs status {};
  return ::statvfs(source.c_str(), &status) == 0 ? status.f_flag : 0;
}

Json mounts_of(const Container& container, const Host& host, const Json& device_mounts, const fs::path& hosts_file) {
  Json mounts = Json::array();
  const auto mount = [&mounts](const std::string& destination, const char* type, const std::string& source,
                               Json options) {
    mounts.push_back(
        Json{{"destination", destination}, {"type", type}, {"source", source}, {"options", std::move(options)}});
  };
  if (container.writable)
    mount("/", "overlay", "overlay", overlay_options(container, host));
  mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"});
  mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"});
  Json hosts_options = {"bind", "ro", "nosuid", "nodev"}; // it lies on this machine's disk
  if ((locked_flags(hosts_file) & ST_NOEXEC) != 0)
    hosts_options.push_back("noexec");
  mount("/etc/hosts", "bind", hosts_file.string(), std::move(hosts_options));
  for (const Json& device_mount : device_mounts)
    mounts.push_back(device_mount);
  for (const std::string& folder : container.tmpfs)
    mount(folder, "tmpfs", "tmpfs", {"nosuid", "nodev", "mode=1777", "size=65536k", "nr_inodes=65536"});
  for (const BindMount& bind : container.binds) {
    Json options = {"bind", bind.read_only ? "ro" : "rw"};
    const unsigned long locked = locked_flags(bind.source);
    if (!bind.grants_rights || (locked & ST_NOSUID) != 0)
      options.push_back("nosuid");
    options.push_back("nodev");
    if ((locked & ST_NOEXEC) != 0)
      options.push_back("noexec");
    mount(bind.destination, "bind", bind.source.string(), std::move(options));
  }
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
  if (host.gives_user_name_space())
    namespaces.push_back(Json{{"type", "user"}});
  return namespaces;
}

// Other bytes than UTF-8 would have to be replaced, and another program run than was named.
Result<std::string> as_json(const Json& config) {
  try {
    return config.dump(2) + "\n";
  } catch (const Json::type_error&) {
    return fail(ErrorCode::invalid_input,
                "cannot run the container: the runtime takes UTF-8 alone, and a path, an argument or a variable of the "
                "container is not UTF-8");
  }
}

} // namespace

Json runtime_config(const Container& container, const Host& host, const Json& device_mounts, const fs::path& hosts_file,
                    const std::string& listener_path) {
  Json linux_part = {{"namespaces", namespaces_of(host)},
                     {"maskedPaths", masked_paths(container.mode)},
                     {"readonlyPaths", {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}}};
  if (host.gives_user_name_space()) {
    const std::uint32_t count = host.is_rootless() ? 1 : k_all_numbers;
    linux_part["uidMappings"] = Json::array({Json{{"containerID", 0}, {"hostID", host.uid}, {"size", count}}});
    linux_part["gidMappings"] =
        Json::array({Json{{"containerID", 0}, {"hostID", host.is_rootless() ? host.gid : 0}, {"size", count}}});
  }
  if (host.has_control_groups)
    linux_part["resources"] = resources_of(container.bounds, host.counts_swap);
  linux_part["seccomp"] = seccomp_profile(container.mode, container.denial, container.unconfined, listener_path);
  return {{"ociVersion", "1.0.2"},
          {"process", process_of(container, host)},
          {"root", {{"path", container.root.string()}, {"readonly", container.read_only_root}}},
          {"hostname", "kif"},
          {"mounts", mounts_of(container, host, device_mounts, hosts_file)},
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

std::string container_name(const fs::path& folder) {
  return folder.parent_path().filename().string() + "-" + folder.filename().string();
}

std::optional<std::string> loose_bounds(const Container& container, const Host& host) {
  std::string loose;
  const auto add = [&loose](const char* text) { loose += (loose.empty() ? "" : "; ") + std::string(text); };
  if (!host.has_control_groups && container.bounds.memory_bytes > 0)
    add("the container's memory was bounded for each process alone, and what processes share not at all");
  if (!host.has_control_groups && !host.is_rootless() && container.bounds.processes > 0)
    add("the number of its processes was not bounded");
  if (loose.empty())
    return std::nullopt;
  return loose +
         (host.is_rootless() ? ": an ordinary user has no control groups" : ": kif can make no control groups here");
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
  Json description = runtime_config(container, host, device_mounts, hosts, listener_path);
  if (host.has_control_groups) // where they were tried, and are removed after a death: not below kif's own
    description["linux"]["cgroupsPath"] = "/" + container_name(folder);
  KIF_TRY(const std::string text, as_json(description));
  KIF_TRY(AtomicFile config, AtomicFile::create(folder / "config.json"));
  KIF_CHECK(config.write(text));
  return config.commit();
}

} // namespace kif::watch
