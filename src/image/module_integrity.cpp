// SPDX-License-Identifier: Apache-2.0
#include "image/module_integrity.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/ascii.h"
#include "base/file.h"
#include "digest/digest.h"
#include "elf/structure.h"
#include "image/fips_module.h"
#include "image/package_record.h"

namespace kif::image {
namespace {

constexpr std::uint64_t k_max_record_bytes = 64 * 1024; // what fipsinstall writes has 2 KiB
constexpr std::size_t k_mac_bytes = 32;
constexpr std::string_view k_mac_section = ".rodata1";

Error broken(const std::filesystem::path& file, const std::string& reason) {
  return Error(ErrorCode::invalid_input, "cannot use " + file.string() + " as a FIPS module: it is damaged: " + reason);
}

Error mismatch(const std::filesystem::path& file, const std::string& recorded_by, const std::string& what,
               std::string expected, std::string got) {
  return Error(ErrorCode::digest_mismatch, "cannot use " + file.string() +
                                               " as a FIPS module: it is damaged, or another: " + recorded_by +
                                               " has another " + what)
      .with_mismatch(std::move(expected), std::move(got))
      .with_hint("kif makes no new MAC for such a file; take the module from its maker again, with what belongs to it");
}

/// As Red Hat's builds and those made from them carry it: HMAC-SHA256 under OpenSSL's public key over the file with the
/// MAC's own 32 bytes as zeros, in a section .rodata1 (Fedora's openssl package, "FIPS: embed HMAC"). All zeros: none
/// was put in.
Result<bool> check_embedded_mac(const std::filesystem::path& file, std::string_view content) {
  const auto at = elf::section_at(std::as_bytes(std::span(content)), k_mac_section, k_mac_bytes);
  if (!at)
    return false;
  const std::string_view recorded = content.substr(*at, k_mac_bytes);
  if (std::ranges::all_of(recorded, [](char c) { return c == '\0'; }))
    return false;
  std::string without(content);
  std::fill_n(without.begin() + static_cast<std::ptrdiff_t>(*at), k_mac_bytes, '\0');
  const std::string expected = mac_text(recorded);
  const std::string got = module_mac(without);
  if (expected != got)
    return fail(mismatch(file, "the file itself", "MAC", expected, got));
  return true;
}

/// The text of a small file; none where there is no such file.
Result<std::optional<std::string>> read_record(const std::filesystem::path& path) {
  auto text = read_file(path, k_max_record_bytes);
  if (text)
    return std::optional(*std::move(text));
  if (text.error().code == ErrorCode::not_found)
    return std::optional<std::string>();
  return fail(std::move(text).error());
}

/// `module-mac` of a configuration as `openssl fipsinstall` writes it, in capital letters; the last one counts.
std::string recorded_mac(std::string_view configuration) {
  std::string mac;
  while (!configuration.empty()) {
    const std::string_view line = configuration.substr(0, configuration.find('\n'));
    configuration.remove_prefix(std::min(line.size() + 1, configuration.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || trimmed(line.substr(0, equals)) != "module-mac")
      continue;
    mac = trimmed(line.substr(equals + 1));
    std::ranges::transform(mac, mac.begin(),
                           [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
  }
  return mac;
}

Result<bool> check_configuration(const std::filesystem::path& file, std::string_view content) {
  const auto path = file.parent_path() / "fipsmodule.cnf";
  KIF_TRY(const auto configuration, read_record(path));
  const std::string expected = configuration ? recorded_mac(*configuration) : std::string();
  if (expected.empty())
    return false;
  const std::string got = module_mac(content);
  if (expected != got)
    return fail(mismatch(file, path.string(), "module-mac", expected, got));
  return true;
}

/// "<64 hex digits>  fips.so" of sha256sum(1).
Result<bool> check_digest(const std::filesystem::path& file, std::string_view content) {
  const std::filesystem::path path = file.string() + ".sha256";
  KIF_TRY(const auto record, read_record(path));
  if (!record)
    return false;
  const auto expected = Digest::parse("sha256:" + record->substr(0, record->find_first_of(" \n")));
  if (!expected)
    return fail(Error(ErrorCode::invalid_input, "cannot read " + path.string() + ": it holds no digest")
                    .with_hint("sha256sum writes such a file"));
  const Digest got = Digest::of(content);
  if (*expected != got)
    return fail(mismatch(file, path.string(), "digest", expected->text(), got.text()));
  return true;
}

} // namespace

Result<std::vector<std::string>> check_module_file(const std::filesystem::path& file, std::string_view content) {
  if (const std::string reason = elf::structural_damage(std::as_bytes(std::span(content))); !reason.empty())
    return fail(broken(file, reason));
  std::vector<std::string> against;
  KIF_TRY(const bool has_mac, check_embedded_mac(file, content));
  if (has_mac)
    against.emplace_back("MAC in the file");
  KIF_TRY(const bool has_configuration, check_configuration(file, content));
  if (has_configuration)
    against.emplace_back("fipsmodule.cnf");
  KIF_TRY(const bool has_digest, check_digest(file, content));
  if (has_digest)
    against.push_back(file.filename().string() + ".sha256");
  if (!against.empty())
    return against; // these are of the module's maker, and found sooner
  if (const auto record = find_package_record(file, content)) {
    if (record->expected != record->got)
      return fail(mismatch(file, record->by, "digest", record->expected, record->got));
    against.push_back(record->by);
  }
  return against;
}

} // namespace kif::image
