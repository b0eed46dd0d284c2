// SPDX-License-Identifier: Apache-2.0
// Sparse files in PAX archives (GNU tar manual, "Storing Sparse Files"; formats 0.0, 0.1 and 1.0): what of a file is
// stored, and where it lies in it. bsdtar writes 1.0 by itself for every file with holes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace kif::oci {

/// A part of the file that is stored; what lies between two of them is zeros.
struct SparseExtent {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// "OFFSET,SIZE,OFFSET,SIZE…" in decimal: GNU.sparse.map of 0.1. None where it is anything else.
std::optional<std::vector<SparseExtent>> parse_sparse_map(std::string_view text);

/// Whether the extents lie in a file of `real_size` bytes, one after the other, and `stored` bytes fill them exactly:
/// so Go's archive/tar has it.
bool is_good_sparse_map(const std::vector<SparseExtent>& extents, std::uint64_t real_size, std::uint64_t stored);

/// The numbers in front of the content of 1.0, one a line: how many extents, and their offsets and sizes. Takes them
/// as they come, block by block.
class SparseMapParser {
public:
  /// More of the text. False where it is not such a list.
  bool add(std::string_view text);
  /// Whether all the numbers were there; what follows up to the end of the block is padding.
  bool is_complete() const { return m_is_complete; }
  std::vector<SparseExtent> take() { return std::move(m_extents); }

private:
  bool add_number(std::uint64_t number);

  std::uint64_t m_number = 0;
  bool m_has_digit = false;
  std::optional<std::uint64_t> m_left; ///< numbers to come; none before the first
  std::optional<std::uint64_t> m_offset;
  std::vector<SparseExtent> m_extents;
  bool m_is_complete = false;
};

} // namespace kif::oci
