// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/glibc.h"

#include <algorithm>
#include <charconv>

#include "image/inspection/text_search.h"

namespace kif::image {
namespace {

constexpr std::string_view k_prefix = "GLIBC_";
constexpr std::string_view k_feature_prefix = "GLIBC_ABI_";
// What libc.so.6 prints when it is run: "GNU C Library (Debian GLIBC 2.36-9+deb12u10) stable release version 2.36."
constexpr std::string_view k_banner = "GNU C Library";
constexpr std::string_view k_banner_version = " release version ";

std::optional<unsigned> take_number(std::string_view& text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data())
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<GlibcVersion> version_of_banner(std::span<const std::byte> content) {
  for (const std::string_view line : strings_with(content, k_banner)) {
    const std::size_t at = line.find(k_banner_version);
    if (at == std::string_view::npos)
      continue;
    std::string_view text = line.substr(at + k_banner_version.size());
    text = text.substr(0, text.find_first_not_of("0123456789."));
    while (text.ends_with('.'))
      text.remove_suffix(1);
    return GlibcVersion::parse(text);
  }
  return std::nullopt;
}

} // namespace

std::optional<GlibcVersion> GlibcVersion::parse(std::string_view text) {
  if (text.starts_with(k_prefix))
    text.remove_prefix(k_prefix.size());
  const auto major = take_number(text);
  if (!major || !text.starts_with('.'))
    return std::nullopt;
  text.remove_prefix(1);
  const auto minor = take_number(text);
  if (!minor)
    return std::nullopt;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!take_number(text))
      return std::nullopt;
  }
  return text.empty() ? std::optional(GlibcVersion{*major, *minor}) : std::nullopt;
}

std::string GlibcVersion::text() const {
  return std::to_string(major) + "." + std::to_string(minor);
}

// The definitions alone are not the version: a release that adds no symbol to libc.so.6 (2.40) defines no new name
// there, but may in libm.so.6. The banner alone is not enough either: a distribution may have changed it. The newer of
// the two is what is there.
Result<Glibc> Glibc::of(std::span<const std::byte> content, std::string_view path) {
  KIF_TRY(const elf::File file, elf::parse(content, path));
  Glibc glibc;
  for (const std::string& name : file.defined_versions) {
    if (name.starts_with(k_feature_prefix))
      glibc.features.push_back(name);
    else if (const auto version = name.starts_with(k_prefix) ? GlibcVersion::parse(name) : std::nullopt)
      glibc.version = std::max(glibc.version, *version);
  }
  if (glibc.version == GlibcVersion{})
    return fail(ErrorCode::unsupported, "cannot use " + std::string(path) + ": defines no version of glibc");
  if (const auto banner = version_of_banner(content))
    glibc.version = std::max(glibc.version, *banner);
  return glibc;
}

GlibcVersion newest_glibc_need(const elf::File& file) {
  GlibcVersion newest;
  for (const elf::VersionNeed& need : file.version_needs)
    if (const auto version = need.version.starts_with(k_prefix) ? GlibcVersion::parse(need.version) : std::nullopt)
      newest = std::max(newest, *version);
  return newest;
}

Result<void> check_loadable(const elf::File& file, std::string_view name, const Glibc& glibc) {
  if (const GlibcVersion need = newest_glibc_need(file); need > glibc.version)
    return fail(
        Error(ErrorCode::unsupported, "cannot use " + std::string(name) + ": it needs a newer glibc than the image has")
            .with_mismatch("glibc " + need.text() + " or newer", "glibc " + glibc.version.text()));
  for (const elf::VersionNeed& need : file.version_needs)
    if (need.version.starts_with(k_feature_prefix) &&
        std::find(glibc.features.begin(), glibc.features.end(), need.version) == glibc.features.end())
      return fail(Error(ErrorCode::unsupported,
                        "cannot use " + std::string(name) + ": it needs a feature that the image's glibc has not")
                      .with_mismatch(need.version, "glibc " + glibc.version.text()));
  return {};
}

} // namespace kif::image
