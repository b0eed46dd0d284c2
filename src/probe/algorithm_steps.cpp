// SPDX-License-Identifier: Apache-2.0
#include "probe/steps.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace kif::probe {
namespace {

std::vector<unsigned char> from_hex(std::string_view hex) {
  const auto nibble = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  std::vector<unsigned char> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<unsigned char>(nibble(hex[i]) << 4U | nibble(hex[i + 1])));
  return bytes;
}

/// FIPS 180-4, example "abc" (NIST, "Examples with Intermediate Values", SHA256).
constexpr std::string_view k_sha_256_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", submission to NIST, test case 16: AES-256 with
/// associated data.
constexpr std::string_view k_gcm_key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
constexpr std::string_view k_gcm_iv = "cafebabefacedbaddecaf888";
constexpr std::string_view k_gcm_associated = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
constexpr std::string_view k_gcm_plain = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                         "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
constexpr std::string_view k_gcm_sealed = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                          "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662";
constexpr std::string_view k_gcm_tag = "76fc6ece0f4e1768cddf8853bb2d551b";

/// A computation gave the right answer; whose was it?
Finding by_the_module(const Libcrypto& crypto, const OSSL_PROVIDER* provider, std::string what) {
  const std::string name = provider != nullptr ? crypto.OSSL_PROVIDER_get0_name(provider) : "none";
  what += ", by provider " + name;
  return name == libcrypto::k_module_provider ? pass(std::move(what)) : failed(what + " instead of the FIPS module");
}

using Context = Owned<EVP_CIPHER_CTX>;

/// Seals the vector's plain text; the tag is appended. Empty: OpenSSL refused.
std::vector<unsigned char> seal(const Libcrypto& crypto, const EVP_CIPHER* cipher) {
  const auto key = from_hex(k_gcm_key);
  const auto iv = from_hex(k_gcm_iv);
  const auto associated = from_hex(k_gcm_associated);
  const auto plain = from_hex(k_gcm_plain);
  std::vector<unsigned char> sealed(plain.size() + 16);
  int length = 0;
  const Context context(crypto.EVP_CIPHER_CTX_new(), crypto.EVP_CIPHER_CTX_free);
  if (context == nullptr || crypto.EVP_EncryptInit_ex2(context.get(), cipher, key.data(), iv.data(), nullptr) != 1 ||
      crypto.EVP_EncryptUpdate(context.get(), nullptr, &length, associated.data(),
                               static_cast<int>(associated.size())) != 1 ||
      crypto.EVP_EncryptUpdate(context.get(), sealed.data(), &length, plain.data(), static_cast<int>(plain.size())) !=
          1 ||
      crypto.EVP_EncryptFinal_ex(context.get(), sealed.data() + length, &length) != 1 ||
      crypto.EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, sealed.data() + plain.size()) != 1)
    return {};
  return sealed;
}

/// Opens what seal() made; true only where the tag is right and the plain text is the vector's.
bool opens(const Libcrypto& crypto, const EVP_CIPHER* cipher, std::vector<unsigned char> sealed) {
  const auto key = from_hex(k_gcm_key);
  const auto iv = from_hex(k_gcm_iv);
  const auto associated = from_hex(k_gcm_associated);
  const std::size_t size = sealed.size() - 16;
  std::vector<unsigned char> plain(size);
  int length = 0;
  const Context context(crypto.EVP_CIPHER_CTX_new(), crypto.EVP_CIPHER_CTX_free);
  return context != nullptr && crypto.EVP_DecryptInit_ex2(context.get(), cipher, key.data(), iv.data(), nullptr) == 1 &&
         crypto.EVP_DecryptUpdate(context.get(), nullptr, &length, associated.data(),
                                  static_cast<int>(associated.size())) == 1 &&
         crypto.EVP_DecryptUpdate(context.get(), plain.data(), &length, sealed.data(), static_cast<int>(size)) == 1 &&
         crypto.EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, 16, sealed.data() + size) == 1 &&
         crypto.EVP_DecryptFinal_ex(context.get(), plain.data() + length, &length) == 1 &&
         plain == from_hex(k_gcm_plain);
}

/// Signs with SHA-256, verifies, and sees a changed message refused.
Finding sign_and_verify(const Libcrypto& crypto, EVP_PKEY* key, const std::string& what) {
  constexpr std::array<unsigned char, 4> message = {'k', 'i', 'f', '!'};
  constexpr std::array<unsigned char, 4> changed = {'k', 'i', 'f', '?'};
  std::array<unsigned char, 1024> signature{};
  std::size_t size = signature.size();
  const auto context = [&] { return Owned<EVP_MD_CTX>(crypto.EVP_MD_CTX_new(), crypto.EVP_MD_CTX_free); };
  const auto signer = context();
  if (crypto.EVP_DigestSignInit_ex(signer.get(), nullptr, "SHA256", nullptr, nullptr, key, nullptr) != 1 ||
      crypto.EVP_DigestSign(signer.get(), signature.data(), &size, message.data(), message.size()) != 1)
    return failed("cannot sign with " + what + ": " + crypto.error_text());
  const auto verify = [&](const std::array<unsigned char, 4>& text) {
    const auto verifier = context();
    return crypto.EVP_DigestVerifyInit_ex(verifier.get(), nullptr, "SHA256", nullptr, nullptr, key, nullptr) == 1 &&
           crypto.EVP_DigestVerify(verifier.get(), signature.data(), size, text.data(), text.size()) == 1;
  };
  if (!verify(message))
    return failed("cannot verify a signature made with " + what + ": " + crypto.error_text());
  const bool accepted = verify(changed);
  crypto.ERR_clear_error();
  if (accepted)
    return failed("a signature made with " + what + " verifies for a changed message");
  return by_the_module(crypto, crypto.EVP_PKEY_get0_provider(key),
                       what + ": generated, signed, verified, changed message refused");
}

} // namespace

Finding check_sha_256(const Libcrypto& crypto) {
  const Owned<EVP_MD> digest(crypto.EVP_MD_fetch(nullptr, "SHA256", nullptr), crypto.EVP_MD_free);
  const Owned<EVP_MD_CTX> context(crypto.EVP_MD_CTX_new(), crypto.EVP_MD_CTX_free);
  std::vector<unsigned char> value(32);
  unsigned size = 0;
  if (digest == nullptr || context == nullptr || crypto.EVP_DigestInit_ex2(context.get(), digest.get(), nullptr) != 1 ||
      crypto.EVP_DigestUpdate(context.get(), "abc", 3) != 1 ||
      crypto.EVP_DigestFinal_ex(context.get(), value.data(), &size) != 1)
    return failed(crypto.error_text());
  if (size != value.size() || value != from_hex(k_sha_256_of_abc))
    return failed("wrong value for FIPS 180-4's example \"abc\"");
  return by_the_module(crypto, crypto.EVP_MD_get0_provider(digest.get()), "FIPS 180-4's example \"abc\"");
}

Finding check_aes_256_gcm(const Libcrypto& crypto) {
  const Owned<EVP_CIPHER> cipher(crypto.EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr), crypto.EVP_CIPHER_free);
  if (cipher == nullptr)
    return failed(crypto.error_text());
  auto sealed = seal(crypto, cipher.get());
  if (sealed.empty())
    return failed("cannot encrypt: " + crypto.error_text());
  auto expected = from_hex(k_gcm_sealed);
  for (const unsigned char byte : from_hex(k_gcm_tag))
    expected.push_back(byte);
  if (sealed != expected)
    return failed("wrong value for GCM's test case 16");
  if (!opens(crypto, cipher.get(), sealed))
    return failed("cannot decrypt: " + crypto.error_text());
  sealed[0] ^= 1U;
  const bool accepted = opens(crypto, cipher.get(), sealed);
  crypto.ERR_clear_error();
  if (accepted)
    return failed("a changed cipher text is accepted");
  return by_the_module(crypto, crypto.EVP_CIPHER_get0_provider(cipher.get()),
                       "GCM's test case 16, encrypted and decrypted, changed cipher text refused");
}

Finding check_rsa_2048(const Libcrypto& crypto) {
  const Owned<EVP_PKEY> key(crypto.EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}), crypto.EVP_PKEY_free);
  if (key == nullptr)
    return failed("cannot generate a key: " + crypto.error_text());
  return sign_and_verify(crypto, key.get(), "RSA of " + std::to_string(crypto.EVP_PKEY_get_bits(key.get())) + " bits");
}

Finding check_p_256(const Libcrypto& crypto) {
  const Owned<EVP_PKEY> key(crypto.EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), crypto.EVP_PKEY_free);
  if (key == nullptr)
    return failed("cannot generate a key: " + crypto.error_text());
  return sign_and_verify(crypto, key.get(), "ECDSA on P-256");
}

} // namespace kif::probe
