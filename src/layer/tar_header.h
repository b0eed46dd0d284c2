// SPDX-License-Identifier: Apache-2.0
// One 512-byte header block of a tar archive (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar
// Format").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kif::oci {

inline constexpr std::size_t k_tar_block = 512;

/// What the fixed fields of a header say. Longer values stand in PAX records or GNU long-name entries in front of it.
struct TarHeader {
  std::string name; ///< with the prefix field of ustar
  std::string link_target;
  char type = '0'; ///< as in the header; before ustar, '\0'
  std::uint32_t mode = 0;
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
};

/// Why a block is no header; null where it is one. `reason` is a phrase for "cannot read X: REASON at byte N".
std::optional<TarHeader> parse_tar_header(std::span<const std::byte, k_tar_block> block, std::string_view& reason);

/// Whether the block holds nothing but zeros: two of them end an archive.
bool is_empty_block(std::span<const std::byte, k_tar_block> block);

/// Bytes that follow content of `size` bytes up to the next block.
constexpr std::size_t tar_padding(std::uint64_t size) {
  return static_cast<std::size_t>((k_tar_block - size % k_tar_block) % k_tar_block);
}

} // namespace kif::oci
