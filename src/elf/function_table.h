// SPDX-License-Identifier: Apache-2.0
// Names for places in code: the functions that an ELF file names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "elf/headers.h"

namespace kif::elf {

/// The named functions of one 64-bit little-endian ELF file: of its .dynsym, and of its .symtab where it still has one.
/// The file is hostile: every offset and count in it is checked, and tables over a bound are refused.
class FunctionTable {
public:
  /// invalid_input or unsupported where it is not such an ELF file; `name` names the file in the error.
  static Result<FunctionTable> read(const ReadAt& bytes, const std::string& name);

  /// The function whose code is at `file_offset`, or empty.
  std::string find(std::uint64_t file_offset) const;

  struct Place {
    std::uint64_t offset; ///< in the file
    std::uint64_t bytes;  ///< as the file says
  };
  /// The code of the function of that name, or none.
  std::optional<Place> place_of(std::string_view name) const;

private:
  struct Segment {
    std::uint64_t offset;
    std::uint64_t address;
    std::uint64_t bytes;
  };
  struct Function {
    std::uint64_t address;
    std::uint64_t bytes;
    std::string name;
  };

  bool add_functions(const ReadAt& bytes, const Elf64_Shdr& table, const Elf64_Shdr& strings);

  std::vector<Segment> m_segments;   ///< loaded ones
  std::vector<Function> m_functions; ///< sorted by address
};

} // namespace kif::elf
