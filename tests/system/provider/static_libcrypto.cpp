// SPDX-License-Identifier: Apache-2.0
// static_libcrypto LIBCRYPTO: has a libcrypto linked in, as many wheels have, and opens another one. Both use FIPS.
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

#include "use.h"

namespace {

std::string use_own() {
  unsigned char bytes[32] = {};
  if (RAND_bytes(bytes, sizeof bytes) != 1)
    return "RAND_bytes failed";
  EVP_RAND_CTX* context = RAND_get0_public(nullptr);
  if (context == nullptr)
    return "no public DRBG";
  const std::string provider = OSSL_PROVIDER_get0_name(EVP_RAND_get0_provider(EVP_RAND_CTX_get0_rand(context)));
  if (provider != "fips")
    return "the DRBG is of provider " + provider;
  EVP_PKEY* key = EVP_EC_gen("P-256");
  if (key == nullptr)
    return "no P-256 key";
  EVP_PKEY_free(key);
  EVP_PKEY* x25519 = EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519");
  EVP_PKEY_free(x25519);
  return x25519 == nullptr ? "" : "X25519 is not refused";
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2)
    return 2;
  bool good = kif::test::report("own", use_own());
  auto other = kif::libcrypto::Libcrypto::open(argv[1]);
  good = kif::test::report("other", other ? kif::test::use(*other) : other.error().message) && good;
  good = kif::test::report("apart", other && other->RAND_bytes != &RAND_bytes ? "" : "both are one libcrypto") && good;
  good = kif::test::report("own again", use_own()) && good;
  return good ? 0 : 1;
}
