// SPDX-License-Identifier: Apache-2.0
#include "verify/rules/architecture.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace kif::verify {
namespace {

struct Names {
  std::string_view oci;
  std::array<std::string_view, 8> others; ///< of apk, dpkg and rpm
};
constexpr std::array<Names, 7> k_names = {{
    {"amd64", {"x86_64", "x86-64", "x64", "x86_64_v2", "x86_64_v3", "x86_64_v4"}},
    {"arm64", {"aarch64", "arm64v8"}},
    {"386", {"x86", "i386", "i486", "i586", "i686"}},
    {"arm", {"armhf", "armel", "armv6", "armv6l", "armv7", "armv7l", "armv7hl", "armhfp"}},
    {"ppc64le", {"ppc64el"}},
    {"loong64", {"loongarch64"}},
    {"mips64le", {"mips64el"}},
}};
/// For any processor.
constexpr std::array<std::string_view, 3> k_any = {"noarch", "all", "any"};

bool is_same(std::string_view left, std::string_view right) noexcept {
  return std::ranges::equal(left, right, [](char a, char b) { return lower_case(a) == lower_case(b); });
}

} // namespace

std::string_view architecture_of(std::string_view platform) noexcept {
  const std::size_t slash = platform.find('/');
  if (slash == std::string_view::npos)
    return {};
  platform.remove_prefix(slash + 1);
  return platform.substr(0, platform.find('/'));
}

bool fits_architecture(std::string_view written, std::string_view image) noexcept {
  if (written.empty() || image.empty() || is_same(written, image))
    return true;
  const auto is_written = [&](std::string_view name) { return !name.empty() && is_same(written, name); };
  if (std::ranges::any_of(k_any, is_written))
    return true;
  const auto* const names = std::ranges::find(k_names, image, &Names::oci);
  return names != k_names.end() && std::ranges::any_of(names->others, is_written);
}

} // namespace kif::verify
