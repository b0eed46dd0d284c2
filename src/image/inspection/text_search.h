// SPDX-License-Identifier: Apache-2.0
// Text inside binaries: what `strings` would find.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kif::image {

/// Where `part` first stands in `text` at or after `from`; npos. Two orders of magnitude faster than
/// std::string_view::find on the hundreds of megabytes of an image: it is glibc's memmem.
std::size_t find_bytes(std::string_view text, std::string_view part, std::size_t from);

/// The runs of printable ASCII that contain `part`, each cut to 256 characters before and after it; 64 runs at most.
std::vector<std::string_view> strings_with(std::span<const std::byte> content, std::string_view part);

/// True where the bytes hold `text` as a C string of its own: with a NUL before and after it.
bool has_c_string(std::span<const std::byte> content, std::string_view text);

/// True where the bytes hold a C string that is `text` or ends in it: linkers keep one string for both where one is the
/// other's end ("hkdf-key-check", "sshkdf-key-check").
bool has_c_string_ending_in(std::span<const std::byte> content, std::string_view text);

/// The version in libcrypto's own version text, "OpenSSL 3.5.4 30 Sep 2025" (OPENSSL_VERSION_TEXT): "3.5.4". None where
/// `text` does not begin with one. Every shared libcrypto has it, and some that are linked into a program; programs
/// that only use libcrypto have not.
std::optional<std::string> openssl_version_at(std::string_view text);

} // namespace kif::image
