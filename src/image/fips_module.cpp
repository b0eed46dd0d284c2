// SPDX-License-Identifier: Apache-2.0
#include "image/fips_module.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "image/inspection/text_search.h"
#include "image/module_integrity.h"

namespace kif::image {
namespace {

// OpenSSL's Configure, FIPSKEY: the same in every release since 3.0.0.
constexpr std::array<unsigned char, 32> k_public_mac_key = {
    0xf4, 0x55, 0x66, 0x50, 0xac, 0x31, 0xd3, 0x54, 0x61, 0x61, 0x0b, 0xac, 0x4e, 0xd8, 0x1b, 0x1a,
    0x18, 0x1b, 0x2d, 0x8a, 0x43, 0xea, 0x28, 0x54, 0xcb, 0xae, 0x22, 0xca, 0x74, 0x56, 0x08, 0x13};

// A FIPS module asks its libcrypto for these two parameters, in order to check its own file; no other provider does.
constexpr std::array<std::string_view, 2> k_integrity_parameters = {"module-filename", "module-mac"};

bool is_version(std::string_view text) {
  unsigned number = 0;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (const bool is_last : {false, false, true}) {
    const auto parsed = std::from_chars(at, end, number);
    if (parsed.ec != std::errc() || (!is_last && (parsed.ptr == end || *parsed.ptr != '.')))
      return false;
    at = is_last ? parsed.ptr : parsed.ptr + 1;
  }
  // A vendor's build may add to it: "3.0.7-395c1a240fbfffd8". A further dot makes it an object identifier.
  return at == end || *at == '-' || *at == '+';
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
      if (is_version(text))
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
  KIF_TRY(const elf::File elf, elf::parse(bytes, file.string(), elf::Symbols::read));
  if (elf.exported("OSSL_provider_init") == nullptr)
    return refuse("it does not export OSSL_provider_init");
  for (const std::string_view parameter : k_integrity_parameters)
    if (!has_c_string(bytes, parameter))
      return refuse("it is an OpenSSL provider, but does not check its own integrity");
  const auto version = version_in(module.content);
  if (!version)
    return refuse("no version of OpenSSL 3 or newer in it");
  module.version = *version;
  KIF_TRY(module.checked_against, check_module_file(file, module.content));
  return module;
}

std::string module_mac(std::string_view content) {
  std::array<unsigned char, 32> mac{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), k_public_mac_key.data(), static_cast<int>(k_public_mac_key.size()),
           reinterpret_cast<const unsigned char*>(content.data()), content.size(), mac.data(), &size) == nullptr ||
      size != mac.size())
    throw std::runtime_error("libcrypto cannot compute HMAC-SHA256");
  return mac_text({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

std::string mac_text(std::string_view mac) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const char byte : mac) {
    if (!text.empty())
      text += ':';
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

bool has_switch(const PayloadFile& module, std::string_view key) {
  return has_c_string_ending_in(std::as_bytes(std::span(module.content)), key);
}

std::vector<ConfigLine> fipsinstall_lines(const PayloadFile& module, const facts::ApprovedTable& table,
                                          const std::vector<std::string>& compat) {
  std::vector<ConfigLine> lines = {
      {"activate", "1"}, {"install-version", "1"}, {"conditional-errors", "1"}, {"security-checks", "1"}};
  for (const facts::Switch& one : table.switches)
    if (has_switch(module, one.key))
      lines.push_back({one.key, std::ranges::find(compat, one.feature) != compat.end() ? "0" : "1"});
  lines.push_back({"module-mac", module_mac(module.content)});
  return lines;
}

} // namespace kif::image
