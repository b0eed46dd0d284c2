// SPDX-License-Identifier: Apache-2.0
// A libcrypto among an image's programs and libraries, or inside of one of them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "elf/file.h"
#include "image/inspection/file_marks.h"

namespace kif::image {

struct LibcryptoFile {
  std::string version;      ///< empty: unknown
  std::string architecture; ///< as elf::File has it; empty: the file could not be read as ELF
  bool is_shared = false;   ///< a libcrypto file; otherwise one that is linked into something else
  bool is_static = false;   ///< linked into a static program
};

/// The OpenSSL in the file `name`, which is the last part of its path; none where there is none. `elf`: what could be
/// read of it; null: nothing.
std::optional<LibcryptoFile> libcrypto_in(std::string_view name, std::span<const std::byte> content,
                                          const FileMarks& marks, const elf::File* elf);

} // namespace kif::image
