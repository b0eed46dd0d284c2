// SPDX-License-Identifier: Apache-2.0
#include "image/runtime_support.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "image/python_hook.h"

namespace kif::image {
namespace {

// Holds crypto.getFips() at 1 whatever the program does, and ends Node where the module is not there. The milder
// --enable-fips lets crypto.setFips(false) through.
constexpr const char* k_node_option = "--force-fips";

// PHP 8.5 makes a library context of its own by default, which loads providers on its own terms (php-src#21239).
// Older versions pass over a name that they do not know.
constexpr std::string_view k_php_settings =
    "; Written by kif harden: the FIPS module is loaded into the default library "
    "context.\nopenssl.libctx = default\n";
constexpr std::string_view k_php_settings_name = "/99-kif.ini";

// .NET opens libssl by name, newest first but for what this variable names.
constexpr std::string_view k_dotnet_library = "/libSystem.Security.Cryptography.Native.OpenSsl.so";

// The wheels of cryptography before 45 have an OpenSSL that refuses RSA and EC keys of a FIPS module.
constexpr std::string_view k_wheel_part = "/cryptography/hazmat/bindings/";
constexpr std::string_view k_wheel_metadata = "/cryptography-";
constexpr int k_first_good_wheel = 45;

bool has(const std::vector<RuntimeProgram>& programs, RuntimeKind kind) {
  return std::any_of(programs.begin(), programs.end(), [kind](const RuntimeProgram& p) { return p.kind == kind; });
}

// /etc/php/8.4/cli/conf.d (Debian), /usr/local/etc/php/conf.d (the project's own images), /etc/php.d (Fedora)
bool is_php_settings_folder(std::string_view path) {
  return path == "/etc/php.d" || (path.ends_with("/conf.d") && path.find("/etc/php/") != std::string_view::npos);
}

std::vector<LayerFile> php_settings(const oci::FileTree& base) {
  std::vector<LayerFile> files;
  for (const oci::FileEntry& entry : base.entries())
    if (entry.type == oci::FileType::directory && is_php_settings_folder(entry.path))
      files.push_back({entry.path + std::string(k_php_settings_name), std::string(k_php_settings), 0644});
  return files;
}

// .NET takes the OpenSSL that it was built for where there are several.
bool may_take_another_openssl(const oci::FileTree& base, const Inspection& found) {
  const bool is_dotnet = std::any_of(base.entries().begin(), base.entries().end(), [](const oci::FileEntry& entry) {
    return entry.path.ends_with(k_dotnet_library);
  });
  return is_dotnet && std::any_of(found.other_shared.begin(), found.other_shared.end(),
                                  [](const FoundLibcrypto& other) { return other.version.starts_with("1."); });
}

// The version of the wheel that a library of cryptography's belongs to: "42.0.8".
std::optional<std::string> wheel_version(const oci::FileTree& base, std::string_view library) {
  const std::size_t at = library.find(k_wheel_part);
  if (at == std::string_view::npos)
    return std::nullopt;
  const std::string head = std::string(library.substr(0, at)) + std::string(k_wheel_metadata);
  for (const oci::FileEntry& entry : base.entries())
    if (entry.type == oci::FileType::directory && entry.path.starts_with(head) && entry.path.ends_with(".dist-info"))
      return entry.path.substr(head.size(), entry.path.size() - head.size() - std::string_view(".dist-info").size());
  return std::nullopt;
}

bool is_too_old(std::string_view wheel) {
  int major = 0;
  const auto [end, error] = std::from_chars(wheel.data(), wheel.data() + wheel.size(), major);
  return error == std::errc() && major < k_first_good_wheel;
}

std::string warning_of(const RuntimeProgram& program) {
  switch (program.kind) {
  case RuntimeKind::node:
    return {};
  case RuntimeKind::php:
    return program.path + ": PHP computes hash(), md5(), crypt(), password_hash() and libsodium's functions by itself; "
                          "only its openssl functions and TLS are the FIPS module's";
  case RuntimeKind::go_program:
    return program.path + " is a Go program (" + program.detail +
           ") whose cryptography is Go's own; the FIPS layer gives it random bytes and nothing else";
  }
  return {};
}

} // namespace

RuntimeSupport support_runtimes(const oci::FileTree& base, const Inspection& found) {
  RuntimeSupport support{.files = python_hook_files(base)};
  if (has(found.runtimes, RuntimeKind::node))
    support.environment.push_back({"NODE_OPTIONS", k_node_option, true});
  if (has(found.runtimes, RuntimeKind::php)) {
    const auto settings = php_settings(base);
    support.files.insert(support.files.end(), settings.begin(), settings.end());
  }
  if (may_take_another_openssl(base, found))
    support.environment.push_back({"CLR_OPENSSL_VERSION_OVERRIDE", "3"});
  for (const FoundLibcrypto& file : found.linked_in)
    if (const auto wheel = wheel_version(base, file.path); wheel && is_too_old(*wheel))
      support.warnings.push_back(file.path + " is of cryptography " + *wheel +
                                 ", whose RSA and EC keys fail with a FIPS module; 45 and newer work");
  for (const RuntimeProgram& program : found.runtimes)
    if (std::string warning = warning_of(program); !warning.empty())
      support.warnings.push_back(std::move(warning));
  return support;
}

} // namespace kif::image
