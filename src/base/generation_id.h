// SPDX-License-Identifier: Apache-2.0
// Freestanding, for what is read into every process.
#pragma once

#include <cstring>
#include <initializer_list>

#include <dirent.h>

namespace kif {

/// Whether the hypervisor tells this machine that it is a copy: a vmgenid device that the kernel knows. True where /sys
/// does not show it.
inline bool has_generation_id() noexcept {
  // Since Linux 6.10 the driver is a platform driver.
  for (const char* driver : {"/sys/bus/platform/drivers/vmgenid", "/sys/bus/acpi/drivers/vmgenid"}) {
    DIR* folder = ::opendir(driver);
    bool has_device = false;
    if (folder == nullptr)
      continue;
    // Devices are links; the driver's own link is its module.
    while (const dirent* entry = ::readdir(folder))
      has_device = has_device || (entry->d_type == DT_LNK && std::strcmp(entry->d_name, "module") != 0);
    ::closedir(folder);
    if (has_device)
      return true;
  }
  DIR* drivers = ::opendir("/sys/bus/platform/drivers");
  if (drivers != nullptr)
    ::closedir(drivers);
  return drivers == nullptr;
}

} // namespace kif
