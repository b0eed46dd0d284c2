// SPDX-License-Identifier: Apache-2.0
// Which glibc an image has, and whether a file can be loaded by it.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "elf/file.h"

namespace kif::image {

struct GlibcVersion {
  unsigned major = 0;
  unsigned minor = 0;

  /// "2.36", or "GLIBC_2.36"; a third number, as in GLIBC_2.2.5, is dropped. None for anything else.
  static std::optional<GlibcVersion> parse(std::string_view text);
  std::string text() const;

  friend auto operator<=>(const GlibcVersion&, const GlibcVersion&) = default;
};

/// The glibc of an image, as its libc.so.6 tells.
struct Glibc {
  GlibcVersion version;
  std::vector<std::string> features; ///< version names that are no numbers: GLIBC_ABI_DT_RELR, …

  /// `content` is that of a libc.so.6, `path` its name in errors. unsupported where it is another libc under that name.
  static Result<Glibc> of(std::span<const std::byte> content, std::string_view path);
};

/// The newest glibc that the file's version needs ask for; 0.0 where it asks for none.
GlibcVersion newest_glibc_need(const elf::File& file);

/// unsupported, with both versions, where `file` needs a newer glibc than `glibc`. `name` names the file.
Result<void> check_loadable(const elf::File& file, std::string_view name, const Glibc& glibc);

} // namespace kif::image
