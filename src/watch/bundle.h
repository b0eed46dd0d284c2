// SPDX-License-Identifier: Apache-2.0
// The runtime bundle (runtime-spec, bundle.md): a folder with config.json and what it mounts.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "watch/container.h"
#include "watch/host.h"

namespace kif::watch {

/// config.json (runtime-spec 1.0.2) for the container. `device_mounts` is make_device_folder()'s. Where the host has no
/// control groups to bound the container with, its bounds are those of each process. No control group mounts, so that
/// it runs wherever namespaces work.
nlohmann::ordered_json runtime_config(const Container& container, const Host& host,
                                      const nlohmann::ordered_json& device_mounts,
                                      const std::filesystem::path& hosts_file, const std::string& listener_path);

/// Why a container cannot have the user it asks for, and who it runs as instead: a rootless runtime has one uid to
/// give, which is root inside. Then `container` gets that one without any capability, which leaves it no more than an
/// ordinary user; the text says so.
std::optional<std::string> fit_user(Container& container, const Host& host);

/// The name of the container whose bundle is in this folder of a workspace, and of its control groups: unique on this
/// machine.
std::string container_name(const std::filesystem::path& folder);

/// What of the container's bounds this host cannot keep, for people; none where it keeps all.
std::optional<std::string> loose_bounds(const Container& container, const Host& host);

/// Writes the bundle into the empty `folder`.
Result<void> write_bundle(const std::filesystem::path& folder, const Container& container, const Host& host,
                          const std::string& listener_path);

} // namespace kif::watch
