// SPDX-License-Identifier: Apache-2.0
// The checks that look at OpenSSL at work.
#pragma once

#include <string>

#include "init/checks.h"
#include "init/failure.h"
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

/// Loads the configuration as the first use of OpenSSL in the application will. Afterwards the module is loaded, its
/// self-tests ran now and passed, and every fetch is held to fips=yes. Fills the part of `ready` that this shows.
Checked<void> load_module(const libcrypto::Libcrypto& crypto, const Layer& layer, Ready& ready);

/// Draws, and sees that the generator is the module's and that its seed came from CPU jitter. Fills the rest of
/// `ready`.
Checked<void> assert_seed_origin(const libcrypto::Libcrypto& crypto, Ready& ready);

} // namespace kif::init
