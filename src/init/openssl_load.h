// SPDX-License-Identifier: Apache-2.0
// The checks that look at OpenSSL at work.
#pragma once

#include <string>

#include "init/checks.h"
#include "init/failure.h"
#include "init/manifest.h"
#include "libcrypto/library.h"

namespace kif::init {

/// SHA-256 by libcrypto's own default provider, in a library context of its own: the context that the application uses,
/// and with it the configuration and the module, is not touched while the layer's files are not verified yet.
class LibcryptoHash final : public Hash {
public:
  explicit LibcryptoHash(const libcrypto::Libcrypto& crypto);
  ~LibcryptoHash() override;
  Result<void> start() override;
  Result<void> update(std::span<const std::byte> bytes) override;
  Result<std::string> finish() override;

private:
  const libcrypto::Libcrypto& m_crypto;
  OSSL_LIB_CTX* m_context;
  OSSL_PROVIDER* m_provider = nullptr;
  EVP_MD* m_digest = nullptr;
  EVP_MD_CTX* m_hash = nullptr;
};

/// Loads the configuration as the first use of OpenSSL in the application will. Afterwards the module is loaded, its
/// self-tests ran now and passed, and every fetch is held to fips=yes. Fills the part of `ready` that this shows.
Checked<void> load_module(const libcrypto::Libcrypto& crypto, const Layer& layer, Ready& ready);

/// Draws, and sees that the generator is the module's and that its seed came from CPU jitter. Fills the rest of
/// `ready`.
Checked<void> assert_seed_origin(const libcrypto::Libcrypto& crypto, Ready& ready);

} // namespace kif::init
