// SPDX-License-Identifier: Apache-2.0
#include "image/runtime_support.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>

#include "image/python_hook.h"
#include "layer/glob.h"

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
constexpr std::string_view k_dotnet_library = "libSystem.Security.Cryptography.Native.OpenSsl.so";

// Where the shared runtime has it: …/shared/Microsoft.NETCore.App/8.0.4/.
constexpr std::string_view k_dotnet_framework = "/Microsoft.NETCore.App/";

// The wheels of cryptography before 45 have an OpenSSL that refuses RSA and EC keys of a FIPS module.
constexpr std::string_view k_wheel_part = "/cryptography/hazmat/bindings/";
constexpr std::string_view k_wheel_metadata = "cryptography-";
constexpr std::string_view k_wheel_metadata_end = ".dist-info";
constexpr int k_first_good_wheel = 45;

bool has(const std::vector<RuntimeProgram>& programs, RuntimeKind kind) {
  return std::any_of(programs.begin(), programs.end(), [kind](const RuntimeProgram& p) { return p.kind == kind; });
}

// /etc/php/8.4/cli/conf.d (Debian), /usr/local/etc/php/conf.d (the project's own images), /etc/php.d (Fedora)
bool is_php_settings_folder(std::string_view path) {
  return path == "/etc/php.d" || (path.ends_with("/conf.d") && path.find("/etc/php/") != std::string_view::npos);
}

// An image has a few: one for each of PHP's versions and ways to be run.
constexpr std::size_t k_max_settings_folders = 64;

std::vector<LayerFile> php_settings(const oci::FileTree& base, std::vector<std::string>& warnings) {
  std::vector<LayerFile> files;
  for (const oci::FileEntry& entry : base.entries()) {
    if (entry.type != oci::FileType::directory || (entry.name != "conf.d" && entry.name != "php.d"))
      continue;
    const std::string path = entry.path();
    if (!is_php_settings_folder(path))
      continue;
    if (files.size() == k_max_settings_folders) {
      warnings.push_back("only " + std::to_string(k_max_settings_folders) + " folders of PHP's settings are served; " +
                         path + " is one that is not");
      break;
    }
    files.push_back({path + std::string(k_php_settings_name), std::string(k_php_settings), 0644});
  }
  return files;
}

// .NET takes the OpenSSL that it was built for where there are several.
bool may_take_another_openssl(const oci::FileTree& base, const Inspection& found) {
  const bool is_dotnet = std::any_of(base.entries().begin(), base.entries().end(),
                                     [](const oci::FileEntry& entry) { return entry.name == k_dotnet_library; });
  return is_dotnet && std::any_of(found.other_shared.begin(), found.other_shared.end(),
                                  [](const FoundLibcrypto& other) { return other.version.starts_with("1."); });
}

// 3, which .NET has known since 6, if the loader has it to give.
std::string openssl_for_dotnet(const Inspection& found) {
  const std::string& version = found.further.empty() ? found.libcrypto.version : found.further.back().version;
  return version.substr(0, version.find('.'));
}

// 8.0.4 chooses PSS before the digest. OpenSSL then begins with SHA-1, which modules from 3.4 on refuse to sign with.
// 8.0.30 does not; which release between them changed it is not known.
constexpr std::string_view k_dotnet_8 = "8.0.";
constexpr int k_first_good_dotnet_8 = 30;

bool is_dotnet_without_pss(std::string_view version) {
  int patch = 0;
  if (!version.starts_with(k_dotnet_8))
    return false;
  const std::string_view rest = version.substr(k_dotnet_8.size());
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), patch);
  return error == std::errc() && patch < k_first_good_dotnet_8;
}

std::optional<std::string> dotnet_without_pss(const oci::FileTree& base) {
  for (const oci::FileEntry& entry : base.entries()) {
    if (entry.name != k_dotnet_library)
      continue;
    const std::string path = entry.path();
    const std::size_t at = path.find(k_dotnet_framework);
    if (at != std::string::npos && is_dotnet_without_pss(std::string_view(path).substr(at + k_dotnet_framework.size())))
      return path + " is of an early .NET 8, whose RSA-PSS signatures may fail with FIPS modules from 3.4 on; 8.0.30 "
                    "and 9.0 work, or --compat=sha1-signatures";
  }
  return std::nullopt;
}

// The version of the wheel that a library of cryptography's belongs to: "42.0.8".
std::optional<std::string> wheel_version(const oci::FileTree& base, std::string_view library) {
  const std::size_t at = library.find(k_wheel_part);
  if (at == std::string_view::npos)
    return std::nullopt;
  const std::string pattern = oci::escaped_glob(library.substr(0, at)) + "/" + std::string(k_wheel_metadata) + "*" +
                              std::string(k_wheel_metadata_end);
  for (const oci::FileEntry* entry : base.match(pattern, 1))
    if (entry->type == oci::FileType::directory)
      return entry->name.substr(k_wheel_metadata.size(),
                                entry->name.size() - k_wheel_metadata.size() - k_wheel_metadata_end.size());
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
  case RuntimeKind::own: // several make one sentence, below
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

// Files of which the same is to be said make one sentence: what they do, the first paths, and how many more there are.
std::vector<std::string> own_cryptography_warnings(const std::vector<RuntimeProgram>& programs, std::size_t max_named) {
  std::map<std::string, std::vector<std::string>> paths_of;
  for (const RuntimeProgram& program : programs)
    if (program.kind == RuntimeKind::own)
      paths_of[program.detail].push_back(program.path);
  std::vector<std::string> warnings;
  for (const auto& [sentence, paths] : paths_of) {
    std::string text = sentence + ": ";
    for (std::size_t i = 0; i < paths.size() && i < max_named; ++i)
      text += (i == 0 ? "" : ", ") + paths[i];
    if (paths.size() > max_named)
      text += " and " + std::to_string(paths.size() - max_named) + " more";
    warnings.push_back(std::move(text));
  }
  return warnings;
}

constexpr std::size_t k_max_told = 3;
constexpr std::size_t k_max_recorded = 1000;

} // namespace

RuntimeSupport support_runtimes(const oci::FileTree& base, const Inspection& found) {
  RuntimeSupport support;
  support.files = python_hook_files(base, support.warnings);
  if (has(found.runtimes, RuntimeKind::node))
    support.environment.push_back({"NODE_OPTIONS", k_node_option, true});
  if (has(found.runtimes, RuntimeKind::php)) {
    const auto settings = php_settings(base, support.warnings);
    support.files.insert(support.files.end(), settings.begin(), settings.end());
  }
  if (may_take_another_openssl(base, found))
    support.environment.push_back({"CLR_OPENSSL_VERSION_OVERRIDE", openssl_for_dotnet(found)});
  for (const FoundLibcrypto& file : found.linked_in)
    if (const auto wheel = wheel_version(base, file.path); wheel && is_too_old(*wheel))
      support.warnings.push_back(file.path + " is of cryptography " + *wheel +
                                 ", whose RSA and EC keys fail with a FIPS module; 45 and newer work");
  for (const RuntimeProgram& program : found.runtimes)
    if (std::string warning = warning_of(program); !warning.empty())
      support.warnings.push_back(std::move(warning));
  support.not_reached = support.warnings;
  if (auto warning = dotnet_without_pss(base))
    support.warnings.push_back(std::move(*warning));
  for (std::string& warning : own_cryptography_warnings(found.runtimes, k_max_told))
    support.warnings.push_back(std::move(warning));
  for (std::string& sentence : own_cryptography_warnings(found.runtimes, k_max_recorded))
    support.not_reached.push_back(std::move(sentence));
  return support;
}

} // namespace kif::image
