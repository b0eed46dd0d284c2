// SPDX-License-Identifier: Apache-2.0
// What kif needs to know of an ELF file, read without running it: architecture, needed libraries, symbol versions,
// exported and imported names.
//
// The bytes are hostile. Every offset is checked before it is followed, every count is bounded, and reading ends in
// time that is linear in the file's size. Why this is no library: docs/design/0005-fips-layer.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kif::elf {

/// "libc.so.6 must define GLIBC_2.34".
struct VersionNeed {
  std::string library;
  std::string version;

  friend bool operator==(const VersionNeed&, const VersionNeed&) = default;
};

/// A name that the file defines for others.
struct Symbol {
  std::string name;
  std::span<const std::byte> body; ///< its bytes in the content that was read; empty where they are not in the file
};

struct File {
  /// Machine as OCI names it (amd64, arm64, 386, arm, ppc64le, riscv64, s390x), or "machine N" (e_machine) for others.
  std::string architecture;
  bool is_shared_object = false;  ///< ET_DYN: a library, a plugin or a position-independent program
  bool is_dynamic = false;        ///< has a dynamic section that was read; only 64-bit little-endian files are
  bool is_static_program = false; ///< a program that no loader completes: no interpreter is named, nothing is needed
  std::string soname;             ///< empty, or DT_SONAME
  std::vector<std::string> needed_libraries; ///< DT_NEEDED
  std::vector<VersionNeed> version_needs;    ///< DT_VERNEED
  std::vector<std::string> defined_versions; ///< DT_VERDEF, the file's own name excepted
  std::vector<Symbol> exported_symbols;      ///< defined, non-local dynamic symbols; only where asked for
  std::vector<std::string> imported_symbols; ///< names that others must define, sorted; only where asked for

  /// The exported symbol of that name, or nullptr.
  const Symbol* exported(std::string_view name) const;
  bool imports(std::string_view name) const;
};

enum class Symbols { skip, read };

/// True where `content` begins as an ELF file does.
bool is_elf(std::span<const std::byte> content) noexcept;

/// File::architecture from a file's first bytes, k_head_bytes of them or more; empty where it is no ELF file.
inline constexpr std::size_t k_head_bytes = 20;
std::string architecture_of(std::span<const std::byte> head);

/// invalid_input with the reason for bytes that break the format; `name` names the file in the error.
Result<File> parse(std::span<const std::byte> content, std::string_view name, Symbols symbols = Symbols::skip);

} // namespace kif::elf
