// SPDX-License-Identifier: Apache-2.0
// Container engines on this machine, as their programs name their own versions. None of their daemons is asked.
#pragma once

#include <array>
#include <optional>

#include "host/report.h"

namespace kif::host {

inline constexpr std::array<const char*, 7> k_engine_names = {"docker", "podman", "containerd", "runc",
                                                              "crun",   "runsc",  "nerdctl"};

/// Each that is found in PATH, or in /usr/local/sbin, /usr/sbin, /sbin, which an ordinary user's PATH leaves out. Each
/// is run with
/// --version, for five seconds at most.
std::vector<Engine> find_engines();

/// The version in what `NAME --version` prints: the first word of its first line that begins with a digit, or what
/// follows the word "version". None where there is neither.
std::optional<std::string> version_in(std::string_view output);

} // namespace kif::host
