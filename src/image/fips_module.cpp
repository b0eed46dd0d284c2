// SPDX-License-Identifier: Apache-2.0
#include "image/fips_module.h"

#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "image/text_search.h"

namespace kif::image {
namespace {

// OpenSSL's Configure, FIPSKEY: the same in every release since 3.0.0.
constexpr std::array<unsigned char, 32> k_public_mac_key = {
    0xf4, 0x55, 0x66, 0x50, 0xac, 0x31, 0xd3, 0x54, 0x61, 0x61, 0x0b, 0xac, 0x4e, 0xd8, 0x1b, 0x1a,
    0x18, 0x1b, 0x2d, 0x8a, 0x43, 0xea, 0x28, 0x54, 0xcb, 0xae, 0x22, 0xca, 0x74, 0x56, 0x08, 0x13};

// A FIPS module asks its libcrypto for these two parameters, in order to check its own file; no other provider does.
constexpr std::array<std::string_view, 2> k_integrity_parameters = {"module-filename", "module-mac"};

struct ModuleVersion {
  unsigned major = 0;
  unsigned minor = 0;
};

struct Flag {
  std::string_view key;
  std::string_view value;
  unsigned since_minor; ///< of OpenSSL 3: the release whose fipsinstall first writes it
};

// In the order in which apps/fipsinstall.c of 3.4 to 3.6 writes them; 3.1 to 3.3 write tls1-prf-ems-check and
// drbg-no-trunc-md of these.
constexpr std::array k_flags = {
    Flag{"install-version", "1", 0},
    Flag{"conditional-errors", "1", 0},
    Flag{"security-checks", "1", 0},
    Flag{"hmac-key-check", "0", 4},
    Flag{"kmac-key-check", "0", 4},
    Flag{"tls1-prf-ems-check", "0", 1},
    Flag{"no-short-mac", "0", 4},
    Flag{"drbg-no-trunc-md", "0", 1},
    Flag{"signature-digest-check", "0", 4},
    Flag{"hkdf-digest-check", "0", 4},
    Flag{"tls13-kdf-digest-check", "0", 4},
    Flag{"tls1-prf-digest-check", "0", 4},
    Flag{"sshkdf-digest-check", "0", 4},
    Flag{"sskdf-digest-check", "0", 4},
    Flag{"x963kdf-digest-check", "0", 4},
    Flag{"dsa-sign-disabled", "0", 4},
    Flag{"tdes-encrypt-disabled", "0", 4},
    Flag{"rsa-pkcs15-pad-disabled", "0", 4},
    Flag{"rsa-pss-saltlen-check", "0", 4},
    Flag{"rsa-sign-x931-pad-disabled", "0", 4},
    Flag{"hkdf-key-check", "0", 4},
    Flag{"kbkdf-key-check", "0", 4},
    Flag{"tls13-kdf-key-check", "0", 4},
    Flag{"tls1-prf-key-check", "0", 4},
    Flag{"sshkdf-key-check", "0", 4},
    Flag{"sskdf-key-check", "0", 4},
    Flag{"x963kdf-key-check", "0", 4},
    Flag{"x942kdf-key-check", "0", 4},
    Flag{"pbkdf2-lower-bound-check", "1", 4},
    Flag{"ecdh-cofactor-check", "0", 4},
};

std::optional<ModuleVersion> parse_version(std::string_view text) {
  ModuleVersion version;
  const char* end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.major);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.')
    return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
  if (minor.ec != std::errc() || minor.ptr == end || *minor.ptr != '.')
    return std::nullopt;
  unsigned patch = 0;
  const auto last = std::from_chars(minor.ptr + 1, end, patch);
  // A vendor's build may add to it: "3.0.7-395c1a240fbfffd8". A further dot makes it an object identifier.
  if (last.ec != std::errc() || (last.ptr != end && *last.ptr != '-' && *last.ptr != '+'))
    return std::nullopt;
  return version;
}

// The module keeps its version as a string of its own ("3.5.4"), for the parameter `version` of every provider.
std::optional<std::string> version_in(std::string_view content) {
  std::optional<std::string> found;
  std::size_t begin = 0;
  while (begin < content.size()) {
    const std::size_t end = content.find('\0', begin);
    if (end == std::string_view::npos)
      break;
    const std::string_view text = content.substr(begin, end - begin);
    if (text.size() >= 5 && text.size() <= 64 && text[0] >= '3' && text[0] <= '9')
      if (const auto version = parse_version(text))
        if (!found || text.size() < found->size()) // the plain one, not the vendor's longer form of it
          found = std::string(text);
    begin = end + 1;
  }
  return found;
}

} // namespace

Result<PayloadFile> read_fips_module(const std::filesystem::path& path) {
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(path, ignored);
  const std::filesystem::path file = is_folder ? path / "fips.so" : path;
  const std::string what = "a FIPS module";
  KIF_TRY(PayloadFile module, read_program(file, what));
  const auto refuse = [&](std::string reason) {
    return fail(Error(ErrorCode::unsupported, "cannot use " + file.string() + " as " + what + ": " + std::move(reason))
                    .with_hint("name the fips.so of OpenSSL 3.0 or newer, or a folder that holds it"));
  };
  const auto bytes = std::as_bytes(std::span(module.content));
  KIF_TRY(const ElfFile elf, read_elf(bytes, file.string(), ElfSymbols::read));
  if (elf.exported("OSSL_provider_init") == nullptr)
    return refuse("it does not export OSSL_provider_init");
  for (const std::string_view parameter : k_integrity_parameters)
    if (!has_c_string(bytes, parameter))
      return refuse("it is an OpenSSL provider, but does not check its own integrity");
  const auto version = version_in(module.content);
  if (!version)
    return refuse("no version of OpenSSL 3 or newer in it");
  module.version = *version;
  return module;
}

std::string module_mac(std::string_view content) {
  std::array<unsigned char, 32> mac{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), k_public_mac_key.data(), static_cast<int>(k_public_mac_key.size()),
           reinterpret_cast<const unsigned char*>(content.data()), content.size(), mac.data(), &size) == nullptr ||
      size != mac.size())
    throw std::runtime_error("libcrypto cannot compute HMAC-SHA256");
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const unsigned char byte : mac) {
    if (!text.empty())
      text += ':';
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::vector<ConfigLine> fipsinstall_lines(const PayloadFile& module) {
  const auto version = parse_version(module.version);
  const unsigned minor = !version ? 0 : version->major > 3 ? ~0U : version->minor;
  std::vector<ConfigLine> lines = {{"activate", "1"}};
  for (const Flag& flag : k_flags)
    if (flag.since_minor <= minor)
      lines.push_back({std::string(flag.key), std::string(flag.value)});
  lines.push_back({"module-mac", module_mac(module.content)});
  return lines;
}

} // namespace kif::image
