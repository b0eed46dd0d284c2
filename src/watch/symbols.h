// SPDX-License-Identifier: Apache-2.0
// Names for code places: the functions that an ELF file exports.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "watch/container.h"
#include "watch/event.h"

namespace kif::watch {

/// The named functions of one 64-bit little-endian ELF file: of its .dynsym, and of its .symtab where it still has one.
/// The file comes out of an image: every offset and count in it is checked, and tables over a bound are refused.
class SymbolTable {
public:
  /// Reads from an open file; invalid_input or unsupported where it is no such ELF file.
  static Result<SymbolTable> read(int fd, const std::string& name);

  /// The function whose code stands at `file_offset`, or empty.
  std::string find(std::uint64_t file_offset) const;

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

  std::vector<Segment> m_segments;   ///< loaded ones
  std::vector<Function> m_functions; ///< sorted by address
};

/// Fills in the symbols of all frames, from the container's files: those of its root and those bound into it. A file
/// that is gone or no ELF file leaves its frames without.
void add_symbols(std::vector<Event>& events, const Container& container);

} // namespace kif::watch
