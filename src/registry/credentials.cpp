// SPDX-License-Identifier: Apache-2.0
#include "registry/credentials.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>
#include <unistd.h>

#include "base/file.h"
#include "base/process.h"
#include "base/quote.h"
#include "oci/json.h"

namespace kif::oci {
namespace {

constexpr std::uint64_t k_max_file_bytes = std::uint64_t{1024} * 1024;
constexpr std::size_t k_max_answer_bytes = 64 * 1024; // tokens of some clouds have several KiB
constexpr std::chrono::seconds k_helper_timeout{30};  // one may ask its user for a password
// docker's own name for its registry in what it gives helpers.
constexpr std::string_view k_docker_server = "https://index.docker.io/v1/";

std::optional<std::string> base64_decoded(const std::string& text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > k_max_answer_bytes)
    return std::nullopt;
  std::vector<unsigned char, WipingAllocator<unsigned char>> bytes(text.size() / 4 * 3);
  const int count =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (count < 0)
    return std::nullopt;
  const auto padding = static_cast<std::size_t>(std::count(text.end() - 2, text.end(), '='));
  return std::string(bytes.begin(), bytes.begin() + (count - static_cast<std::ptrdiff_t>(padding)));
}

Result<Credentials> credentials_from(const JsonObject& object, const std::string& where) {
  Credentials credentials{{}, {}, {}, where};
  KIF_TRY(std::string token, object.optional_string("identitytoken"));
  credentials.identity_token = SecretString::take(std::move(token));
  KIF_TRY(credentials.user, object.optional_string("username"));
  KIF_TRY(std::string password, object.optional_string("password"));
  credentials.password = SecretString::take(std::move(password));
  KIF_TRY(std::string encoded, object.optional_string("auth"));
  if (encoded.empty())
    return credentials;
  auto decoded = base64_decoded(encoded);
  wipe_text(encoded);
  const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos)
    return fail(ErrorCode::invalid_input,
                "cannot read " + where + ": " + object.path_of("auth") + " is not the base64 of USER:PASSWORD");
  credentials.user = decoded->substr(0, colon);
  // docker pads with zero bytes (docker/cli, cli/config/configfile, decodeAuth).
  const std::string_view behind = std::string_view(*decoded).substr(colon + 1);
  credentials.password = SecretString(behind.substr(0, behind.find('\0')));
  wipe_text(*decoded);
  return credentials;
}

bool is_helper_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

// The helpers' protocol: the server's URL on standard input, a JSON object as answer (docker-credential-helpers).
Result<std::optional<Credentials>> ask_helper(const std::string& name, const std::string& host) {
  const std::string program = "docker-credential-" + name;
  const std::string what = "cannot get the login for " + host + " from " + program;
  if (!is_helper_name(name))
    return fail(ErrorCode::invalid_input,
                "cannot get the login for " + host + ": " + in_quotes(name) + " is no name of a credential helper");
  const std::string server = host == "docker.io" ? std::string(k_docker_server) : host;
  auto ran = run_program({.argv = {program, "get"},
                          .standard_input = server,
                          .max_output_bytes = k_max_answer_bytes,
                          .timeout = k_helper_timeout});
  if (!ran) { // a missing program is no missing image
    Error error = std::move(ran).error();
    error.code = ErrorCode::process;
    return fail(std::move(error).with_context("cannot get the login for " + host));
  }
  if (ran->exit_code != 0) {
    // What every helper says where nobody logged in (docker-credential-helpers, credentials/error.go).
    if (ran->out.find("credentials not found in native keychain") != std::string::npos)
      return std::optional<Credentials>();
    return fail(ErrorCode::process, what + ": it ended with " + std::to_string(ran->exit_code) + ": " +
                                        shortened(ran->err.empty() ? ran->out : ran->err));
  }
  const std::string where = "what " + program + " says";
  KIF_TRY(const nlohmann::json json, parse_json(ran->out, where));
  KIF_TRY(const JsonObject object, JsonObject::of(json, where));
  Credentials credentials{{}, {}, {}, program};
  KIF_TRY(credentials.user, object.optional_string("Username"));
  KIF_TRY(std::string secret, object.optional_string("Secret"));
  if (credentials.user == "<token>")
    credentials.identity_token = SecretString::take(std::move(secret));
  else
    credentials.password = SecretString::take(std::move(secret));
  wipe_text(ran->out);
  if (credentials.user.empty())
    return std::optional<Credentials>();
  return std::optional<Credentials>(std::move(credentials));
}

bool is_of_use(const Credentials& credentials) {
  return !credentials.user.empty() || !credentials.identity_token.empty();
}

} // namespace

std::string registry_key(std::string_view key) {
  const bool is_url = key.starts_with("https://") || key.starts_with("http://");
  if (is_url) {
    key.remove_prefix(key.find("://") + 3);
    key = key.substr(0, key.find('/'));
  }
  while (key.ends_with('/'))
    key.remove_suffix(1);
  for (const std::string_view old : {"index.docker.io", "registry-1.docker.io"}) {
    if (key == old || (key.starts_with(old) && key[old.size()] == '/'))
      return "docker.io" +
             std::string(key.substr(key.find('/') == std::string_view::npos ? key.size() : key.find('/')));
  }
  return std::string(key);
}

Result<AuthFile> AuthFile::parse(std::string_view text, const std::string& where) {
  KIF_TRY(const nlohmann::json json, parse_json(text, where));
  KIF_TRY(const JsonObject document, JsonObject::of(json, where));
  AuthFile file;
  KIF_TRY(const auto auths, document.optional_object("auths"));
  if (auths) {
    for (const auto& [key, value] : auths->value().items()) {
      KIF_TRY(const JsonObject object, JsonObject::of(value, where, "auths." + key));
      KIF_TRY(Credentials credentials, credentials_from(object, where));
      // Where a helper keeps the login, docker leaves an empty entry.
      if (is_of_use(credentials))
        file.auths.emplace(registry_key(key), std::move(credentials));
    }
  }
  KIF_TRY(const auto helpers, document.string_map("credHelpers"));
  for (const auto& [key, name] : helpers)
    file.helpers.emplace(registry_key(key), name);
  KIF_TRY(file.store, document.optional_string("credsStore"));
  return file;
}

const Credentials* AuthFile::find(const std::string& host, const std::string& repository) const {
  for (std::string key = host + "/" + repository;; key.resize(key.rfind('/'))) {
    if (const auto found = auths.find(key); found != auths.end())
      return &found->second;
    if (key.rfind('/') == std::string::npos)
      return nullptr;
  }
}

std::string AuthFile::helper_for(const std::string& host) const {
  const auto found = helpers.find(host);
  return found == helpers.end() ? store : found->second;
}

std::vector<std::filesystem::path> auth_file_paths(const Environment& environment) {
  if (const std::string named = environment("REGISTRY_AUTH_FILE"); !named.empty())
    return {named};
  const std::filesystem::path home = environment("HOME");
  const auto folder = [&](const char* variable, const std::filesystem::path& otherwise) {
    const std::string value = environment(variable);
    return value.empty() ? otherwise : std::filesystem::path(value);
  };
  const std::string runtime = environment("XDG_RUNTIME_DIR");
  std::vector<std::filesystem::path> paths = {
      runtime.empty() ? std::filesystem::path("/run/containers") / std::to_string(::geteuid()) / "auth.json"
                      : std::filesystem::path(runtime) / "containers/auth.json"};
  if (!home.empty() || !environment("XDG_CONFIG_HOME").empty())
    paths.push_back(folder("XDG_CONFIG_HOME", home / ".config") / "containers/auth.json");
  if (!home.empty() || !environment("DOCKER_CONFIG").empty())
    paths.push_back(folder("DOCKER_CONFIG", home / ".docker") / "config.json");
  return paths;
}

Result<std::optional<Credentials>> find_credentials(const std::string& host, const std::string& repository,
                                                    const Environment& environment) {
  for (const std::filesystem::path& path : auth_file_paths(environment)) {
    auto text = read_file(path, k_max_file_bytes);
    if (!text && text.error().code == ErrorCode::not_found)
      continue;
    if (!text)
      return fail(std::move(text).error());
    auto file = AuthFile::parse(*text, path.string());
    wipe_text(*text);
    if (!file) { // says nothing of the image
      Error error = std::move(file).error();
      error.code = ErrorCode::io;
      return fail(std::move(error).with_hint("it holds logins: mend it, or log in anew with skopeo login " + host));
    }
    if (const std::string helper = file->helper_for(host); !helper.empty()) {
      KIF_TRY(auto asked, ask_helper(helper, host));
      if (asked)
        return asked;
    }
    if (const Credentials* const found = file->find(host, repository); found != nullptr)
      return std::optional<Credentials>(*found);
  }
  return std::optional<Credentials>();
}

} // namespace kif::oci
