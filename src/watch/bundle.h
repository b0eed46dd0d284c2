// SPDX-License-Identifier: Apache-2.0
// The runtime bundle (runtime-spec, bundle.md): a folder with config.json and what it mounts.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "watch/container.h"

namespace kif::watch {

/// Who runs the runtime: root, or a user who becomes root of a user namespace of the container's own, where only his
/// uid and gid exist.
struct Host {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool is_rootless() const noexcept { return uid != 0; }
  static Host of_process();
};

/// config.json (runtime-spec 1.0.2) for the container. `device_mounts` is make_device_folder()'s. No resources and no
/// control group mounts, so that it runs wherever namespaces work.
nlohmann::ordered_json runtime_config(const Container& container, const Host& host,
                                      const nlohmann::ordered_json& device_mounts,
                                      const std::filesystem::path& hosts_file, const std::string& listener_path);

/// Why a container cannot have the user it asks for, and who it runs as instead: a rootless runtime has one uid to
/// give, which is root inside. Then `container` gets that one without any capability, which leaves it no more than an
/// ordinary user; the text says so.
std::optional<std::string> fit_user(Container& container, const Host& host);

/// Writes the bundle into the empty `folder`.
Result<void> write_bundle(const std::filesystem::path& folder, const Container& container, const Host& host,
                          const std::string& listener_path);

} // namespace kif::watch
