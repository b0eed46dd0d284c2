// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "init/manifest.h"
#include "libcrypto/library.h"

namespace kif::init {

/// SHA-256 by libcrypto's own code, below EVP: EVP_DigestInit would load the configuration first, even in a library
/// context apart, and with it the module, whose file is not verified yet.
class LibcryptoHash final : public Hash {
public:
  explicit LibcryptoHash(const libcrypto::Libcrypto& crypto) : m_crypto(crypto) {}
  Result<void> start() override;
  Result<void> update(std::span<const std::byte> bytes) override;
  Result<std::string> finish() override;

private:
  const libcrypto::Libcrypto& m_crypto;
  SHA256_CTX m_state{};
};

} // namespace kif::init
