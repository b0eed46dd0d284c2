// SPDX-License-Identifier: Apache-2.0
// Logins from where `docker login`, `skopeo login` and `podman login` put them (containers-auth.json(5); docker's
// config.json).
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace kif::oci {

struct Credentials {
  std::string user;
  SecretString password;
  SecretString identity_token; ///< instead of the two (docker's OAuth2 refresh token)
  std::string source;          ///< for people: the file, or the helper's name

  bool has_password() const noexcept { return !user.empty() && identity_token.empty(); }
};

/// One such file.
struct AuthFile {
  std::map<std::string, Credentials> auths;   ///< by registry or registry/path, as normalized by registry_key()
  std::map<std::string, std::string> helpers; ///< registry → the end of docker-credential-NAME
  std::string store;                          ///< the helper for all others; may be empty

  /// `where` is its path in errors, which never hold anything of a secret.
  static Result<AuthFile> parse(std::string_view text, const std::string& where);
  /// What `auths` says for a repository: the longest of host/a/b, host/a, host.
  const Credentials* find(const std::string& host, const std::string& repository) const;
  /// The helper to ask for a host; empty: none.
  std::string helper_for(const std::string& host) const;
};

/// "https://index.docker.io/v1/" → "docker.io": keys as older programs wrote them, in today's form.
std::string registry_key(std::string_view key);

/// Reads a variable of the environment; "" where it is not set.
using Environment = std::function<std::string(const char*)>;

/// The files in the order in which they are looked into, whether they are there or not.
std::vector<std::filesystem::path> auth_file_paths(const Environment& environment);

/// The login for a repository; none where nobody logged in. A file that cannot be read, or a helper that fails, is an
/// error: going on as nobody would end in a puzzle.
Result<std::optional<Credentials>> find_credentials(const std::string& host, const std::string& repository,
                                                    const Environment& environment);

} // namespace kif::oci
