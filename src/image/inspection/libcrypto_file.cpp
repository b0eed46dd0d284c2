// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/libcrypto_file.h"

#include <algorithm>

namespace kif::image {
namespace {

constexpr std::string_view k_libcrypto_stem = "libcrypto";

} // namespace

std::optional<LibcryptoFile> libcrypto_in(std::string_view name, std::span<const std::byte> content,
                                          const FileMarks& marks, const elf::File* elf) {
  if (!marks.has_openssl() && !marks.openssl_version)
    return std::nullopt;
  const auto version = marks.openssl_version                  ? marks.openssl_version
                       : marks.has(Mark::openssl_diagnostics) ? core_version_in(content)
                                                              : std::nullopt;
  LibcryptoFile found{.version = version.value_or(""), .architecture = {}};
  if (elf != nullptr) {
    found.architecture = elf->architecture;
    found.is_shared = elf->soname.starts_with(k_libcrypto_stem) || name.starts_with(k_libcrypto_stem);
    found.is_static = elf->is_static_program;
    // Programs that use a shared libcrypto may name it, and its configuration.
    const bool uses_shared = std::any_of(elf->needed_libraries.begin(), elf->needed_libraries.end(),
                                         [](const std::string& need) { return need.starts_with(k_libcrypto_stem); });
    if (!found.is_shared && uses_shared && !marks.has(Mark::openssl_diagnostics))
      return std::nullopt;
  }
  return found;
}

} // namespace kif::image
