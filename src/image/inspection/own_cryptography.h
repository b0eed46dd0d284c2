// SPDX-License-Identifier: Apache-2.0
// Programs and libraries that compute digests or cryptography by themselves, or by functions of libcrypto that reach no
// provider: told by names that a file defines or asks for, and by texts in it. docs/design/0010-runtimes.md.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "elf/file.h"
#include "image/inspection/file_marks.h"

namespace kif::image {

/// Whether the names that a file defines and asks for must be read to tell.
bool needs_symbols(const FileMarks& marks) noexcept;

/// What the file computes past the FIPS module, as the beginning of a sentence that its path ends: "Nettle has
/// cryptography of its own". None for all others. Go, PHP, CPython, Java and copies of OpenSSL are others: they are
/// looked at elsewhere.
std::optional<std::string> own_cryptography(std::span<const std::byte> content, const FileMarks& marks,
                                            const elf::File& elf);

/// Makes library contexts of its own, which the image's configuration does not reach by itself. False for OpenSSL's own
/// libraries, and for providers, which make one of the context that loads them.
bool makes_library_contexts(const elf::File& elf);

} // namespace kif::image
