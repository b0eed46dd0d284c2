// SPDX-License-Identifier: Apache-2.0
#include "sbom/signing/public_key.h"

#include <array>
#include <cstdint>
#include <optional>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/file.h"

namespace kif::sbom {
namespace {

constexpr std::size_t k_max_pem_bytes = std::size_t{64} * 1024;
constexpr std::string_view k_begin = "-----BEGIN ";
constexpr std::string_view k_label = "PUBLIC KEY-----";
constexpr int k_least_rsa_bits = 2048; // SP 800-131A Rev. 2, table 2
constexpr int k_most_rsa_bits = 16384; // libcrypto's own bound for verification

struct FreeBio {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

/// What stands in the PEM instead of a public key, by its label; none where there is exactly one public key.
std::optional<Error> wrong_label(std::string_view pem, const std::string& cannot_read) {
  const std::size_t begin = pem.find(k_begin);
  if (begin == std::string_view::npos)
    return Error(ErrorCode::invalid_input, cannot_read + "it is not PEM")
        .with_mismatch("-----BEGIN PUBLIC KEY-----", "no line that begins so");
  const std::string_view behind = pem.substr(begin + k_begin.size());
  const std::string_view label = behind.substr(0, behind.find('\n'));
  if (label.find("PRIVATE KEY") != std::string_view::npos)
    return Error(ErrorCode::invalid_input, cannot_read + "it is a private key")
        .with_hint("openssl pkey -in FILE -pubout, or cosign public-key --key FILE, gives the public half");
  if (label.starts_with("CERTIFICATE"))
    return Error(ErrorCode::invalid_input, cannot_read + "it is a certificate")
        .with_hint("openssl x509 -in FILE -pubkey -noout gives its public key");
  if (!label.starts_with(k_label))
    return Error(ErrorCode::invalid_input, cannot_read + "it is not a public key")
        .with_hint("openssl pkey -pubin -in FILE -pubout gives the form that begins with -----BEGIN PUBLIC KEY-----");
  if (behind.find(k_begin) != std::string_view::npos)
    return Error(ErrorCode::invalid_input, cannot_read + "it holds more than one key")
        .with_hint("give each in a file of its own");
  return std::nullopt;
}

/// "prime256v1", or empty for a curve that is written out instead of named.
std::string curve_of(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  std::size_t length = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size(), &length) != 1)
    return {};
  return {name.data(), length};
}

Result<std::string> algorithm_of(const EVP_PKEY* key, const std::string& cannot_read) {
  const auto unsupported = [&](const std::string& got) {
    return fail(Error(ErrorCode::unsupported, cannot_read + "keys of this kind are not supported")
                    .with_mismatch("ECDSA P-256, RSA of 2048 bits or more, or Ed25519", got));
  };
  const char* const type_name = EVP_PKEY_get0_type_name(key);
  const std::string type = type_name == nullptr ? "unknown" : type_name;
  if (type == "ED25519")
    return std::string("Ed25519");
  if (type == "EC") {
    const std::string curve = curve_of(key);
    return curve == "prime256v1" ? Result<std::string>("ECDSA P-256")
                                 : unsupported("EC on " + (curve.empty() ? "a curve of its own" : curve));
  }
  if (type == "RSA") {
    const int bits = EVP_PKEY_get_bits(key);
    const std::string name = "RSA " + std::to_string(bits);
    return bits >= k_least_rsa_bits && bits <= k_most_rsa_bits ? Result<std::string>(name) : unsupported(name);
  }
  return unsupported(type);
}

} // namespace

Result<PublicKey> PublicKey::parse(std::string_view pem, const std::string& where) {
  const std::string cannot_read = "cannot read " + where + ": ";
  if (pem.size() > k_max_pem_bytes)
    return fail(ErrorCode::too_large,
                cannot_read + "larger than the bound of " + std::to_string(k_max_pem_bytes) + " bytes");
  if (auto error = wrong_label(pem, cannot_read))
    return fail(std::move(*error));
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio)
    throw std::bad_alloc();
  std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  ERR_clear_error();
  if (!key)
    return fail(ErrorCode::invalid_input, cannot_read + "libcrypto finds no public key in its PEM");
  KIF_TRY(std::string algorithm, algorithm_of(key.get(), cannot_read));
  ERR_clear_error();
  return PublicKey(std::move(key), std::move(algorithm));
}

Result<PublicKey> PublicKey::read(const std::filesystem::path& file) {
  KIF_TRY(const std::string pem, read_file(file, k_max_pem_bytes));
  return parse(pem, file.string());
}

bool PublicKey::verifies(std::string_view message, std::string_view signature) const {
  auto* const key = static_cast<EVP_PKEY*>(m_key.get());
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  if (!context)
    throw std::bad_alloc();
  // Ed25519 hashes by itself. RSA's padding is PKCS #1 v1.5 where nothing else is set.
  const EVP_MD* const hash = m_algorithm == "Ed25519" ? nullptr : EVP_sha256();
  const auto bytes = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr, key) == 1 &&
      EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message), message.size()) == 1;
  ERR_clear_error();
  return good;
}

} // namespace kif::sbom
