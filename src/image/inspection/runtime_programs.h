// SPDX-License-Identifier: Apache-2.0
// Language runtimes among an image's programs, told by what is in the files, whatever their names.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "elf/file.h"
#include "image/inspection/file_marks.h"

namespace kif::image {

enum class RuntimeKind {
  node,       ///< Node.js, or its library: reads the section nodejs_conf of openssl.cnf
  php,        ///< PHP, whatever it is served by
  go_program, ///< a program with Go's own cryptography in it
  own,        ///< any other with cryptography of its own; its detail says what (own_cryptography.h)
};

struct RuntimeProgram {
  RuntimeKind kind;
  std::string path;
  std::string detail =
      {}; ///< of Go: its version, and its FIPS module where there is one: "go1.24.4, FIPS module v1.0.0"
};

/// What runtime the program or library `content` is; none for all others. Go programs that use libcrypto, or no
/// cryptography at all, are none either: nothing is to be done about them.
///
/// `elf`: what could be read of it; null: nothing.
std::optional<RuntimeProgram> recognise_runtime(std::string_view path, std::span<const std::byte> content,
                                                const FileMarks& marks, const elf::File* elf);

} // namespace kif::image
