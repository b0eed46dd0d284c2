// SPDX-License-Identifier: Apache-2.0
// The user that an image's configuration names, as numbers of its own /etc/passwd and /etc/group.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "watch/container.h"

namespace kif::watch {

/// Resolves "", "user", "uid", "user:group", "uid:gid" … (image-spec, config.md, "User") by the texts of passwd(5) and
/// group(5). Without a group it is the user's own in passwd, else 0; further groups are those that list the user, and
/// only then. A number that passwd does not know is good as it is; a name that it does not know is not_found.
Result<User> resolve_user(std::string_view text, std::string_view passwd, std::string_view group);

/// resolve_user by the root's own files.
Result<User> user_of_image(const std::filesystem::path& root, std::string_view text);

} // namespace kif::watch
