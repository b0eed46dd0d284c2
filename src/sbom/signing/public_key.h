// SPDX-License-Identifier: Apache-2.0
// Public keys that check signatures: ECDSA on P-256 with SHA-256, RSA PKCS #1 v1.5 with SHA-256, Ed25519; in PEM, as
// cosign and openssl write them. By libcrypto.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kif::sbom {

/// Cheap to copy; safe to use from several threads.
class PublicKey {
public:
  /// One SubjectPublicKeyInfo in PEM, of at most 64 KiB. invalid_input: no PEM, a private key; unsupported: another
  /// algorithm, another curve, RSA under 2048 bits. `where` names it in errors.
  static Result<PublicKey> parse(std::string_view pem, const std::string& where);
  static Result<PublicKey> read(const std::filesystem::path& file);

  /// Whether `signature` (DER for ECDSA) over `message` was made by this key's other half.
  bool verifies(std::string_view message, std::string_view signature) const;
  /// "ECDSA P-256", "RSA 3072", "Ed25519".
  const std::string& algorithm() const noexcept { return m_algorithm; }

private:
  PublicKey(std::shared_ptr<void> key, std::string algorithm)
      : m_key(std::move(key)), m_algorithm(std::move(algorithm)) {}

  std::shared_ptr<void> m_key; // EVP_PKEY
  std::string m_algorithm;
};

} // namespace kif::sbom
