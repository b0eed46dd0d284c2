// SPDX-License-Identifier: Apache-2.0
#include "layer/tar_header.h"

#include <algorithm>
#include <limits>

namespace kif::oci {
namespace {

struct Field {
  std::size_t offset;
  std::size_t size;
};
constexpr Field k_name{0, 100};
constexpr Field k_mode{100, 8};
constexpr Field k_uid{108, 8};
constexpr Field k_gid{116, 8};
constexpr Field k_size{124, 12};
constexpr Field k_mtime{136, 12};
constexpr Field k_checksum{148, 8};
constexpr std::size_t k_type = 156;
constexpr Field k_link{157, 100};
constexpr Field k_magic{257, 8};
constexpr Field k_prefix{345, 155};

constexpr std::string_view k_posix_magic{"ustar\00000", 8};

using Block = std::span<const std::byte, k_tar_block>;

std::string_view field(Block block, Field at) {
  return {reinterpret_cast<const char*>(block.data()) + at.offset, at.size};
}

std::string text(Block block, Field at) {
  const std::string_view bytes = field(block, at);
  return std::string(bytes.substr(0, bytes.find('\0')));
}

// Octal digits between blanks and zeros; or, with the top bit of the first byte set, a big-endian two's complement
// number (GNU).
std::optional<std::int64_t> number(Block block, Field at) {
  const std::string_view bytes = field(block, at);
  const auto first = static_cast<unsigned char>(bytes.front());
  if ((first & 0x80U) != 0) {
    const bool is_negative = (first & 0x40U) != 0;
    std::uint64_t value = is_negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const unsigned byte =
          i == 0 ? (first & 0x7FU) | (is_negative ? 0x80U : 0U) : static_cast<unsigned char>(bytes[i]);
      const std::uint64_t lost =
          value >> 55U; // what the shift pushes out, and the sign that remains, must be all the same bit
      if (lost != (is_negative ? 0x1FFU : 0U))
        return std::nullopt;
      value = value << 8U | byte;
    }
    return static_cast<std::int64_t>(value);
  }
  std::string_view digits = bytes;
  while (!digits.empty() && (digits.front() == ' ' || digits.front() == '\0'))
    digits.remove_prefix(1);
  while (!digits.empty() && (digits.back() == ' ' || digits.back() == '\0'))
    digits.remove_suffix(1);
  digits = digits.substr(0, digits.find('\0'));
  std::int64_t value = 0;
  for (const char digit : digits) { // at most 12 digits: 36 bits
    if (digit < '0' || digit > '7')
      return std::nullopt;
    value = value * 8 + (digit - '0');
  }
  return value;
}

// The sum of all bytes with the checksum's own field taken as blanks. Some old programs summed signed bytes.
bool has_right_checksum(Block block) {
  const auto claimed = number(block, k_checksum);
  std::int64_t sum = 0;
  std::int64_t signed_sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool is_checksum = i >= k_checksum.offset && i < k_checksum.offset + k_checksum.size;
    const auto byte = is_checksum ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(block[i]);
    sum += byte;
    signed_sum += static_cast<signed char>(byte);
  }
  return claimed && (*claimed == sum || *claimed == signed_sum);
}

} // namespace

std::optional<TarHeader> parse_tar_header(Block block, std::string_view& reason) {
  reason = "bad tar header";
  if (!has_right_checksum(block))
    return std::nullopt;
  const auto mode = number(block, k_mode);
  const auto uid = number(block, k_uid);
  const auto gid = number(block, k_gid);
  const auto size = number(block, k_size);
  const auto mtime = number(block, k_mtime);
  if (!mode || !uid || !gid || !size || !mtime) {
    reason = "bad number in the tar header";
    return std::nullopt;
  }
  if (*uid < 0 || *gid < 0 || *size < 0) {
    reason = "negative number in the tar header";
    return std::nullopt;
  }
  TarHeader header;
  header.name = text(block, k_name);
  header.link_target = text(block, k_link);
  header.type = static_cast<char>(block[k_type]);
  header.mode = static_cast<std::uint32_t>(*mode) & 07777U;
  header.uid = static_cast<std::uint64_t>(*uid);
  header.gid = static_cast<std::uint64_t>(*gid);
  header.size = static_cast<std::uint64_t>(*size);
  header.mtime = *mtime;
  if (field(block, k_magic) == k_posix_magic) {
    const std::string prefix = text(block, k_prefix);
    if (!prefix.empty())
      header.name = prefix + "/" + header.name;
  }
  return header;
}

bool is_empty_block(Block block) {
  return std::all_of(block.begin(), block.end(), [](std::byte byte) { return byte == std::byte{0}; });
}

} // namespace kif::oci
