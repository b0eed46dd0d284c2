// SPDX-License-Identifier: Apache-2.0
#include "watch/users.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "base/root_file.h"

namespace kif::watch {
namespace {

constexpr std::uint64_t k_max_account_bytes = 4 * 1024 * 1024;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos)
      return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty())
    return std::nullopt;
  return value;
}

struct Account {
  std::string_view name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

// name:password:uid:gid:…
std::optional<Account> find_account(std::string_view passwd, std::string_view user) {
  const auto wanted = number(user);
  for (const std::string_view line : split(passwd, '\n')) {
    const auto fields = split(line, ':');
    const auto uid = fields.size() >= 4 ? number(fields[2]) : std::nullopt;
    const auto gid = fields.size() >= 4 ? number(fields[3]) : std::nullopt;
    if (uid && gid && (fields[0] == user || (wanted && *uid == *wanted)))
      return Account{fields[0], *uid, *gid};
  }
  return std::nullopt;
}

// name:password:gid:members
std::optional<std::uint32_t> find_group(std::string_view group_file, std::string_view name) {
  for (const std::string_view line : split(group_file, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() >= 3 && fields[0] == name)
      return number(fields[2]);
  }
  return std::nullopt;
}

std::vector<std::uint32_t> groups_with_member(std::string_view group_file, std::string_view user) {
  std::vector<std::uint32_t> groups;
  for (const std::string_view line : split(group_file, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 4)
      continue;
    const auto members = split(fields[3], ',');
    if (const auto gid = number(fields[2]); gid && std::ranges::find(members, user) != members.end())
      groups.push_back(*gid);
  }
  return groups;
}

Error unknown(std::string_view kind, std::string_view name, std::string_view file) {
  return {ErrorCode::not_found,
          "cannot find " + std::string(kind) + " " + std::string(name) + " in the image's " + std::string(file)};
}

} // namespace

Result<User> resolve_user(std::string_view text, std::string_view passwd, std::string_view group) {
  if (text.ends_with(':') && text.find(':') == text.size() - 1) // "1234:", as runc takes it: no group is named
    text.remove_suffix(1);
  const std::size_t colon = text.find(':');
  const std::string_view user_text = text.substr(0, colon);
  User user;
  if (!user_text.empty()) {
    if (const auto account = find_account(passwd, user_text)) {
      user = {account->uid, account->gid, {}};
      if (colon == std::string_view::npos)
        user.groups = groups_with_member(group, account->name);
    } else if (const auto uid = number(user_text)) {
      user.uid = *uid;
    } else {
      return fail(unknown("user", user_text, "/etc/passwd"));
    }
  }
  if (colon == std::string_view::npos)
    return user;
  const std::string_view group_text = text.substr(colon + 1);
  if (const auto gid = number(group_text))
    user.gid = *gid;
  else if (const auto named = find_group(group, group_text))
    user.gid = *named;
  else
    return fail(unknown("group", group_text, "/etc/group"));
  return user;
}

Result<User> user_of_image(const std::filesystem::path& root, std::string_view text) {
  return resolve_user(text, read_in_root(root, "/etc/passwd", k_max_account_bytes).value_or(""),
                      read_in_root(root, "/etc/group", k_max_account_bytes).value_or(""));
}

} // namespace kif::watch
