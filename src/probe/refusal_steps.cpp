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
  // A step of its own: HMAC fetches its digest by itself.
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

Finding check_sha_1_signatures_refused(const Libcrypto& crypto, const Finding& p_256) {
  constexpr std::array<unsigned char, 3> message = {'k', 'i', 'f'};
  std::array<unsigned char, 256> signature{};
  std::size_t size = signature.size();
  const Owned<EVP_PKEY> key(crypto.EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), crypto.EVP_PKEY_free);
  if (key == nullptr)
    return could_not_check("no key to sign with: " + crypto.error_text());
  const Owned<EVP_MD_CTX> context(crypto.EVP_MD_CTX_new(), crypto.EVP_MD_CTX_free);
  const bool worked =
      context != nullptr &&
      crypto.EVP_DigestSignInit_ex(context.get(), nullptr, "SHA1", nullptr, nullptr, key.get(), nullptr) == 1 &&
      crypto.EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1;
  return judge(crypto, worked, "a signature with SHA-1", p_256, "one with SHA-256");
}

Finding check_3des_encryption_refused(const Libcrypto& crypto, const Finding& aes_256_gcm) {
  constexpr std::array<unsigned char, 24> key = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
                                                 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24};
  constexpr std::array<unsigned char, 8> block{};
  std::array<unsigned char, 32> out{};
  int size = 0;
  const Owned<EVP_CIPHER> cipher(crypto.EVP_CIPHER_fetch(nullptr, "DES-EDE3-CBC", nullptr), crypto.EVP_CIPHER_free);
  const Owned<EVP_CIPHER_CTX> context(crypto.EVP_CIPHER_CTX_new(), crypto.EVP_CIPHER_CTX_free);
  const bool worked =
      cipher != nullptr && context != nullptr &&
      crypto.EVP_EncryptInit_ex2(context.get(), cipher.get(), key.data(), block.data(), nullptr) == 1 &&
      crypto.EVP_EncryptUpdate(context.get(), out.data(), &size, block.data(), static_cast<int>(block.size())) == 1;
  return judge(crypto, worked, "encryption with Triple-DES", aes_256_gcm, "AES-256-GCM");
}

} // namespace kif::probe
