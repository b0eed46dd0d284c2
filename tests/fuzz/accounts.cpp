// SPDX-License-Identifier: Apache-2.0
// The user that an image names, by its /etc/passwd and /etc/group; the parts are cut by zeros. The measure is glibc's
// reader of these files, for a name that it finds.
#include "watch/users.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>

#include <pwd.h>

#include "target.h"

namespace {

using namespace kif;

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// Lines that both readers take: all seven fields, numbers without anything beside them, a name without oddities.
bool is_plain(std::string_view passwd) {
  return std::ranges::all_of(passwd, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ':' || c == '\n' || c == '/';
  });
}

std::optional<std::pair<uid_t, gid_t>> by_glibc(std::string passwd, std::string_view user) {
  if (passwd.empty())
    return std::nullopt;
  std::FILE* const stream = ::fmemopen(passwd.data(), passwd.size(), "r");
  std::optional<std::pair<uid_t, gid_t>> found;
  while (const ::passwd* const entry = ::fgetpwent(stream))
    if (!found && entry->pw_name == user)
      found = {entry->pw_uid, entry->pw_gid};
  std::fclose(stream);
  return found;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::size_t first = std::min(text.find('\0'), text.size());
  const std::size_t second = std::min(text.find('\0', first + 1), text.size());
  const std::string_view user = text.substr(0, first);
  const std::string_view passwd = text.substr(std::min(first + 1, size), second - std::min(first + 1, second));
  const std::string_view group = text.substr(std::min(second + 1, size));
  const auto resolved = watch::resolve_user(user, passwd, group);
  fuzz::demand_good_error(resolved);
  if (user.empty())
    fuzz::demand(resolved && resolved->uid == 0 && resolved->gid == 0, "nobody named is root");
  const std::string_view name = user.substr(0, user.find(':'));
  if (resolved && number(name))
    fuzz::demand(resolved->uid == *number(name) || passwd.find(name) != std::string_view::npos,
                 "a number is that user, or one of that name");
  if (resolved && user.find(':') == std::string_view::npos && is_plain(passwd) && !name.empty() && !number(name))
    if (const auto measure = by_glibc(std::string(passwd), name))
      fuzz::demand(resolved->uid == measure->first && resolved->gid == measure->second, "glibc finds the same user");
  return 0;
}
