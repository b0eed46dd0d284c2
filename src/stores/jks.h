// SPDX-License-Identifier: Apache-2.0
// JKS, the JDK's first format of key stores, as sun.security.provider.JavaKeyStore has it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace kif::stores {

/// An entry: a key with its certificates, its own first, or one certificate that is trusted.
struct JksEntry {
  std::string name;                                ///< as it stands there: Java's own UTF-8
  std::string utf16_name;                          ///< the high byte first
  std::string_view protected_key = {};             ///< DER of an EncryptedPrivateKeyInfo; empty: a trusted certificate
  std::vector<std::string_view> certificates = {}; ///< DER of X.509
};

/// The file's entries, which point into it, and where its digest begins.
struct JksFile {
  std::vector<JksEntry> entries;
  std::size_t digest_at = 0;
};

bool is_jks(std::string_view content) noexcept;
bool is_jceks(std::string_view content) noexcept;

/// invalid_input: damaged.
Result<JksFile> parse_jks(std::string_view content);

/// Whether the digest at the end is made with this password.
bool is_password_of(std::string_view content, const JksFile& file, const SecretString& password);

/// The key as DER of a PrivateKeyInfo. invalid_input: another password, or damaged.
Result<SecretString> key_of(const JksEntry& entry, const SecretString& password);

} // namespace kif::stores
