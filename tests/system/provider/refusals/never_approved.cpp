// SPDX-License-Identifier: Apache-2.0
// What no configuration of the layer lets work, what depends on the module's age, and what only newer modules have.
#include "item.h"
#include "keys.h"

#include <array>

#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace kif::test {
namespace {

constexpr std::array<unsigned char, 3> k_message = {'k', 'i', 'f'};

bool has_digest(const char* query) {
  return Owned<EVP_MD, EVP_MD_free>(EVP_MD_fetch(nullptr, "MD5", query)) != nullptr;
}

bool has_cipher(const char* name) {
  return Owned<EVP_CIPHER, EVP_CIPHER_free>(EVP_CIPHER_fetch(nullptr, name, nullptr)) != nullptr;
}

bool derives_by_scrypt() {
  Bytes key(32);
  return EVP_PBE_scrypt("password", 8, k_message.data(), k_message.size(), 1024, 8, 1, 0, key.data(), key.size()) == 1;
}

bool makes_key(const char* type) {
  return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, type)) != nullptr;
}

/// Of a key that needs no digest beside it: EdDSA, ML-DSA.
bool signs(const char* type) {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, type));
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  return key != nullptr &&
         EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(), nullptr) == 1 &&
         EVP_DigestSign(context.get(), nullptr, &size, k_message.data(), k_message.size()) == 1 &&
         EVP_DigestSign(context.get(), Bytes(size).data(), &size, k_message.data(), k_message.size()) == 1;
}

bool encapsulates(const char* type) {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, type));
  const KeyContext context(key != nullptr ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr) : nullptr);
  Bytes sealed(4096);
  Bytes secret(64);
  std::size_t sealed_size = sealed.size();
  std::size_t secret_size = secret.size();
  return context != nullptr && EVP_PKEY_encapsulate_init(context.get(), nullptr) == 1 &&
         EVP_PKEY_encapsulate(context.get(), sealed.data(), &sealed_size, secret.data(), &secret_size) == 1;
}

/// The traditional form of PEM derives its key with MD5 (PEM_write_PrivateKey(3), "PEM ENCRYPTION FORMAT").
bool writes_old_pem() {
  const Key key = in_module(other_rsa_key(), true);
  const Owned<BIO, BIO_free> out(BIO_new(BIO_s_mem()));
  return key != nullptr && PEM_write_bio_PrivateKey_traditional(out.get(), key.get(), EVP_aes_256_cbc(), nullptr, 0,
                                                                nullptr, const_cast<char*>("password")) == 1;
}

bool signs_certificate(const EVP_MD* digest) {
  const Key key = in_module(other_rsa_key(), true);
  const Owned<X509, X509_free> certificate(X509_new());
  return key != nullptr && X509_set_pubkey(certificate.get(), key.get()) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600) != nullptr &&
         X509_sign(certificate.get(), key.get(), digest) > 0;
}

} // namespace

std::vector<Item> never_approved_items() {
  return {
      {"never/MD5", [] { return has_digest(nullptr); }},
      {"never/MD5 by -fips", [] { return has_digest("-fips"); }},
      {"never/ChaCha20-Poly1305", [] { return has_cipher("ChaCha20-Poly1305"); }},
      {"never/scrypt", derives_by_scrypt},
      {"never/RSA-1024 key", [] { return Key(EVP_RSA_gen(1024)) != nullptr; }},
      {"never/X25519 key", [] { return makes_key("X25519"); }},
      {"never/X448 key", [] { return makes_key("X448"); }},
      {"never/PEM key encrypted with MD5", writes_old_pem},
      {"eddsa/Ed25519", [] { return signs("ED25519"); }},
      {"eddsa/Ed448", [] { return signs("ED448"); }},
      {"sha1-signatures/X.509", [] { return signs_certificate(EVP_sha1()); }},
      {"works/X.509 with SHA-256", [] { return signs_certificate(EVP_sha256()); }},
      {"newer/ML-KEM-768", [] { return encapsulates("ML-KEM-768"); }},
      {"newer/ML-DSA-65", [] { return signs("ML-DSA-65"); }},
  };
}

} // namespace kif::test
