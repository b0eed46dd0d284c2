// SPDX-License-Identifier: Apache-2.0
#include "item.h"

#include <array>

#include <openssl/rand.h>

namespace kif::test {
namespace {

/// A DRBG of the module's with this digest, fed by the process's primary one.
bool draw(const char* drbg, const char* digest, bool params_first) {
  const Owned<EVP_RAND, EVP_RAND_free> rand(EVP_RAND_fetch(nullptr, drbg, nullptr));
  const Owned<EVP_RAND_CTX, EVP_RAND_CTX_free> context(
      rand != nullptr ? EVP_RAND_CTX_new(rand.get(), RAND_get0_primary(nullptr)) : nullptr);
  std::array<unsigned char, 16> out{};
  const OSSL_PARAM params[] = {text(OSSL_DRBG_PARAM_DIGEST, digest), text(OSSL_DRBG_PARAM_MAC, "HMAC"),
                               OSSL_PARAM_construct_end()};
  if (context == nullptr || (params_first && EVP_RAND_CTX_set_params(context.get(), params) != 1))
    return false;
  return EVP_RAND_instantiate(context.get(), 128, 0, nullptr, 0, params_first ? nullptr : params) == 1 &&
         EVP_RAND_generate(context.get(), out.data(), out.size(), 128, 0, nullptr, 0) == 1;
}

} // namespace

std::vector<Item> random_items() {
  return {
      {"truncated-digest-drbg/HASH-DRBG SHA-512/256", [] { return draw("HASH-DRBG", "SHA2-512/256", true); }},
      {"truncated-digest-drbg/HASH-DRBG SHA-384", [] { return draw("HASH-DRBG", "SHA384", false); }},
      {"truncated-digest-drbg/HMAC-DRBG SHA-512/224", [] { return draw("HMAC-DRBG", "SHA512-224", true); }},
      {"works/HASH-DRBG SHA-256", [] { return draw("HASH-DRBG", "SHA256", true); }},
      {"works/HMAC-DRBG SHA-512", [] { return draw("HMAC-DRBG", "SHA2-512", false); }},
  };
}

} // namespace kif::test
