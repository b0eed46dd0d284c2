// SPDX-License-Identifier: Apache-2.0
#include "probe/steps.h"

#include <array>

namespace kif::probe {
namespace {

Finding judge(const Libcrypto& crypto, bool worked, const char* what, const Finding& counterpart,
              const char* counterpart_name) {
  const std::string why = crypto.error_text();
  if (worked)
    return failed(std::string(what) + " works");
  if (!counterpart.passed())
    return could_not_check(std::string("refused, but so is ") + counterpart_name + ": " + why);
  return pass("refused: " + why);
}

} // namespace

Finding check_md5_refused(const Libcrypto& crypto, const Finding& sha_256) {
  const Owned<EVP_MD> digest(crypto.EVP_MD_fetch(nullptr, "MD5", nullptr), crypto.EVP_MD_free);
  return judge(crypto, digest != nullptr, "MD5", sha_256, "SHA-256");
}

Finding check_hmac_md5_refused(const Libcrypto& crypto, const Finding& sha_256) {
  // A step of its own: .NET fetches MD5 itself with a query that asks for no FIPS, so that only HMAC shows the policy
  // there.
  constexpr std::array<unsigned char, 16> key{};
  std::array<unsigned char, 64> mac{};
  std::size_t size = 0;
  const bool worked = crypto.EVP_Q_mac(nullptr, "HMAC", nullptr, "MD5", nullptr, key.data(), key.size(), key.data(),
                                       key.size(), mac.data(), mac.size(), &size) != nullptr;
  return judge(crypto, worked, "HMAC-MD5", sha_256, "SHA-256");
}

Finding check_rsa_1024_refused(const Libcrypto& crypto, const Finding& rsa_2048) {
  const Owned<EVP_PKEY> key(crypto.EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024}), crypto.EVP_PKEY_free);
  return judge(crypto, key != nullptr, "generation of an RSA key of 1024 bits", rsa_2048, "RSA of 2048 bits");
}

Finding check_x25519_refused(const Libcrypto& crypto, const Finding& p_256) {
  const Owned<EVP_PKEY> key(crypto.EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"), crypto.EVP_PKEY_free);
  return judge(crypto, key != nullptr, "generation of an X25519 key", p_256, "P-256");
}

Finding check_chacha20_poly1305_refused(const Libcrypto& crypto, const Finding& aes_256_gcm) {
  const Owned<EVP_CIPHER> cipher(crypto.EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr),
                                 crypto.EVP_CIPHER_free);
  return judge(crypto, cipher != nullptr, "ChaCha20-Poly1305", aes_256_gcm, "AES-256-GCM");
}

} // namespace kif::probe
