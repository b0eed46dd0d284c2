// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/go_build_info.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "image/inspection/text_search.h"

namespace kif::image {
namespace {

// debug/buildinfo: a head of 32 bytes, aligned to 16, which begins so; its byte 15 has flags. Two strings follow, each
// with its length as a varint before it: Go's version, and the modules and settings.
constexpr std::string_view k_magic = "\xff Go buildinf:";
constexpr std::size_t k_flags_offset = 15;
constexpr std::size_t k_head_bytes = 32;
constexpr std::uint8_t k_strings_follow = 2;
// The largest that are common (a Kubernetes component) have 30 KB.
constexpr std::size_t k_max_text_bytes = 1024UL * 1024;
// The modules stand between two marks of 16 bytes.
constexpr std::size_t k_mark_bytes = 16;

constexpr std::array<std::string_view, 2> k_binding_modules = {"github.com/golang-fips/openssl",
                                                               "github.com/microsoft/go-crypto-openssl"};
// GOEXPERIMENT of toolchains whose standard library calls libcrypto.
constexpr std::array<std::string_view, 2> k_binding_experiments = {"systemcrypto", "opensslcrypto"};

std::optional<std::string_view> take_string(std::string_view& text) {
  std::uint64_t size = 0;
  for (unsigned shift = 0; shift < 63; shift += 7) {
    if (text.empty())
      return std::nullopt;
    const auto byte = static_cast<std::uint8_t>(text.front());
    text.remove_prefix(1);
    size |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if ((byte & 0x80U) == 0) {
      if (size > text.size() || size > k_max_text_bytes)
        return std::nullopt;
      const std::string_view taken = text.substr(0, size);
      text.remove_prefix(size);
      return taken;
    }
  }
  return std::nullopt;
}

// The value of "build\tNAME=value\n"; empty where it is not there.
std::string_view setting(std::string_view modules, std::string_view name) {
  const std::string head = "build\t" + std::string(name) + "=";
  const std::size_t at = modules.find(head);
  if (at == std::string_view::npos)
    return {};
  const std::string_view rest = modules.substr(at + head.size());
  return rest.substr(0, rest.find('\n'));
}

bool has_binding(std::string_view modules) {
  for (const std::string_view module : k_binding_modules)
    if (modules.find("dep\t" + std::string(module)) != std::string_view::npos)
      return true;
  const std::string_view experiments = setting(modules, "GOEXPERIMENT");
  for (const std::string_view experiment : k_binding_experiments)
    if (experiments.find(experiment) != std::string_view::npos)
      return true;
  return false;
}

// What is shown to people and written into the layer, from a file that anybody may have made.
bool is_version(std::string_view text) {
  return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

} // namespace

std::optional<GoBuildInfo> read_go_build_info(std::span<const std::byte> content) {
  const std::string_view text{reinterpret_cast<const char*>(content.data()), content.size()};
  // Others that look for it have the mark too, but in their code, not as an aligned head with strings behind it.
  for (std::size_t at = find_bytes(text, k_magic, 0); at != std::string_view::npos;
       at = find_bytes(text, k_magic, at + 1)) {
    if (at % 16 != 0 || text.size() - at < k_head_bytes ||
        (static_cast<std::uint8_t>(text[at + k_flags_offset]) & k_strings_follow) == 0)
      continue;
    std::string_view rest = text.substr(at + k_head_bytes);
    const auto version = take_string(rest);
    const auto modules = version ? take_string(rest) : std::nullopt;
    if (!modules || !version->starts_with("go") || !is_version(*version))
      continue;
    GoBuildInfo info{.go_version = std::string(*version)};
    const std::string_view inner =
        modules->size() > 2 * k_mark_bytes ? modules->substr(k_mark_bytes, modules->size() - 2 * k_mark_bytes) : "";
    if (const std::string_view module = setting(inner, "GOFIPS140"); module != "off" && is_version(module))
      info.fips_module = module;
    if (has_binding(inner))
      info.cryptography = GoCryptography::openssl;
    else if (!info.fips_module.empty())
      info.cryptography = GoCryptography::own_module;
    // Names of functions are kept for tracebacks, each behind the NUL of the one before.
    else if (find_bytes(text, std::string_view("\0crypto/", 8), 0) != std::string_view::npos)
      info.cryptography = GoCryptography::own;
    return info;
  }
  return std::nullopt;
}

} // namespace kif::image
