// SPDX-License-Identifier: Apache-2.0
#include "libcrypto/seed_blocks.h"

namespace kif::libcrypto {
namespace {

constexpr unsigned k_strength_bits = 256;

Owned<EVP_RAND_CTX> make(const Libcrypto& crypto) {
  const Owned<EVP_RAND> source(crypto.EVP_RAND_fetch(nullptr, "KIF-JITTER", "provider=kif-seed"), crypto.EVP_RAND_free);
  if (source == nullptr)
    return {nullptr, crypto.EVP_RAND_CTX_free};
  Owned<EVP_RAND_CTX> context(crypto.EVP_RAND_CTX_new(source.get(), nullptr), crypto.EVP_RAND_CTX_free);
  if (context != nullptr && crypto.EVP_RAND_instantiate(context.get(), k_strength_bits, 0, nullptr, 0, nullptr) != 1)
    context.reset();
  return context;
}

} // namespace

SeedBlocks::SeedBlocks(const Libcrypto& crypto) : m_crypto(&crypto), m_context(make(crypto)) {}

bool SeedBlocks::draw(std::span<std::byte, k_seed_block_bytes> block) const {
  constexpr int k_prediction_resistance = 1; // nothing that was held ready
  return m_crypto->EVP_RAND_generate(m_context.get(), reinterpret_cast<unsigned char*>(block.data()), block.size(),
                                     k_strength_bits, k_prediction_resistance, nullptr, 0) == 1;
}

bool SeedBlocks::renew() const {
  return m_crypto->EVP_RAND_reseed(m_context.get(), 1, nullptr, 0, nullptr, 0) == 1;
}

} // namespace kif::libcrypto
