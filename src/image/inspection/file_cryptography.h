// SPDX-License-Identifier: Apache-2.0
// What one program or library of an image has of cryptography, and where it has its random bytes from: told by its
// bytes alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "image/inspection/libcrypto_file.h"
#include "image/inspection/runtime_programs.h"

namespace kif::image {

/// The largest program or library that is looked into: one is held in memory at a time. The largest that are common (a
/// browser engine, a JVM's image) have 300 MB.
inline constexpr std::uint64_t k_max_program_bytes = 512ULL * 1024 * 1024;

struct FileCryptography {
  std::optional<LibcryptoFile> libcrypto = {};
  std::vector<std::string> openssl_folders = {}; ///< where the libcrypto in it looks for openssl.cnf by itself
  std::optional<RuntimeProgram> runtime = {};
  std::string random_source = {}; ///< what it asks for random bytes, as its names tell: "getrandom of libc"
};

/// None where nothing of it is in the file. `path` is its own in the image. The bytes may be hostile; every text in the
/// answer is short and printable but for the path.
std::optional<FileCryptography> cryptography_in(std::string_view path, std::span<const std::byte> content);

} // namespace kif::image
