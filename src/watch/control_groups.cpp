// SPDX-License-Identifier: Apache-2.0
#include "watch/control_groups.h"

#include <filesystem>
#include <string_view>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include "watch/trial.h"

namespace kif::watch {
namespace {

namespace fs = std::filesystem;

const fs::path k_top = "/sys/fs/cgroup"; // version 2 has the groups there, version 1 in a folder for each controller

/// A group for as long as it is tried out.
class TriedGroup {
public:
  explicit TriedGroup(fs::path path) : m_path(std::move(path)), m_is_made(::mkdir(m_path.c_str(), 0755) == 0) {}
  TriedGroup(const TriedGroup&) = delete;
  TriedGroup& operator=(const TriedGroup&) = delete;
  ~TriedGroup() {
    if (m_is_made)
      ::rmdir(m_path.c_str());
  }
  bool takes(const char* file, std::string_view value) const {
    return m_is_made && write_kernel_file((m_path / file).c_str(), value);
  }
  bool has(const char* file) const { return m_is_made && ::access((m_path / file).c_str(), W_OK) == 0; }

private:
  fs::path m_path;
  bool m_is_made;
};

constexpr std::string_view k_memory = "1073741824"; // any: nobody is in the group
constexpr std::string_view k_processes = "1000";

ControlGroups of_version_2(const std::string& name) {
  // As the runtime does it: at the top, controllers are handed down to the groups below.
  (void)write_kernel_file((k_top / "cgroup.subtree_control").c_str(), "+memory +pids");
  const TriedGroup group(k_top / name);
  return {.bound = group.takes("memory.max", k_memory) && group.takes("pids.max", k_processes),
          .count_swap = group.has("memory.swap.max")};
}

ControlGroups of_version_1(const std::string& name) {
  const TriedGroup memory(k_top / "memory" / name);
  const TriedGroup processes(k_top / "pids" / name);
  return {.bound = memory.takes("memory.limit_in_bytes", k_memory) && processes.takes("pids.max", k_processes),
          .count_swap = memory.has("memory.memsw.limit_in_bytes")};
}

} // namespace

ControlGroups find_control_groups(const std::string& name) {
  std::error_code error;
  return fs::exists(k_top / "cgroup.controllers", error) ? of_version_2(name) : of_version_1(name);
}

void remove_control_groups(const std::string& prefix) {
  const auto remove_in = [&prefix](const fs::path& folder) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
      if (entry->path().filename().string().starts_with(prefix))
        ::rmdir(entry->path().c_str());
  };
  remove_in(k_top);
  std::error_code error;
  for (fs::directory_iterator hierarchy(k_top, error), end; !error && hierarchy != end; hierarchy.increment(error))
    remove_in(hierarchy->path());
}

} // namespace kif::watch
