// SPDX-License-Identifier: Apache-2.0
// Keys made for one test run, by libcrypto.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "sbom/signing/public_key.h"

namespace kif::sbom {

class Signer {
public:
  static Signer ec(const char* curve) { return Signer(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve)); }
  static Signer rsa(std::size_t bits) { return Signer(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits)); }
  static Signer ed25519() { return Signer(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

  std::string public_pem() const {
    return pem([this](BIO* bio) { return PEM_write_bio_PUBKEY(bio, m_key.get()); });
  }
  std::string private_pem() const {
    return pem(
        [this](BIO* bio) { return PEM_write_bio_PrivateKey(bio, m_key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }
  PublicKey public_key() const { return PublicKey::parse(public_pem(), "a key").value(); }

  std::string sign(std::string_view message) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const bool hashes_by_itself = EVP_PKEY_is_a(m_key.get(), "ED25519") == 1;
    std::string signature(1024, '\0');
    std::size_t length = signature.size();
    if (EVP_DigestSignInit(context.get(), nullptr, hashes_by_itself ? nullptr : EVP_sha256(), nullptr, m_key.get()) !=
            1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                       reinterpret_cast<const unsigned char*>(message.data()), message.size()) != 1)
      throw std::runtime_error("cannot sign");
    signature.resize(length);
    return signature;
  }

private:
  explicit Signer(EVP_PKEY* key) : m_key(key, EVP_PKEY_free) {
    if (key == nullptr)
      throw std::runtime_error("cannot make a key");
  }

  template <class Write> static std::string pem(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    if (write(bio.get()) != 1)
      throw std::runtime_error("cannot write a key");
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  std::shared_ptr<EVP_PKEY> m_key;
};

} // namespace kif::sbom
