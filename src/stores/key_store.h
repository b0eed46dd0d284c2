// SPDX-License-Identifier: Apache-2.0
// Java's key stores: which of them a hardened image's Java refuses, and the same keys written anew in a file that it
// takes. What KIF's key store types read is docs/design/0032-java-stores.md.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace kif::stores {

/// A key store has a few kilobytes; one with a public CA's whole list 300.
inline constexpr std::size_t k_max_store_bytes = std::size_t{4} * 1024 * 1024;

/// Whether it is a key store of a format that is known here.
bool is_known(std::string_view content);

/// What makes a hardened Java refuse the file, as a clause: "is a JKS file with private keys, whose protection is not
/// approved". Empty: it reads it, or it is none of the formats that are known here (a damaged one included: that is no
/// question of what is approved).
std::string refusal_of(std::string_view content);

/// The keys and certificates of `content` under the same names in PKCS #12, each key by PBES2 (AES-256-CBC, PBKDF2 with
/// HMAC-SHA-256) under the same password, certificates in clear, without a MAC: what KIF itself writes. Salts and
/// initialisation vectors come from a digest of `content`, so that the same file gives the same bytes.
/// invalid_input: it is damaged, the password is another or not UTF-8, a key has a password of its own. unsupported: it
/// holds what cannot be carried over (JCEKS, secret keys). Deciphers with this machine's OpenSSL, its provider "legacy"
/// included.
Result<std::string> converted(std::string_view content, const SecretString& password);

} // namespace kif::stores
