// SPDX-License-Identifier: Apache-2.0
#include "use.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace kif::test {
namespace {

using libcrypto::Libcrypto;
using libcrypto::Owned;

std::string provider_of(const Libcrypto& crypto, const OSSL_PROVIDER* provider) {
  return provider != nullptr ? crypto.OSSL_PROVIDER_get0_name(provider) : "none";
}

std::string draw(const Libcrypto& crypto) {
  std::array<unsigned char, 32> bytes{};
  if (crypto.RAND_bytes(bytes.data(), bytes.size()) != 1)
    return "RAND_bytes: " + crypto.error_text();
  return std::all_of(bytes.begin(), bytes.end(), [](unsigned char byte) { return byte == 0; }) ? "RAND_bytes: zeros"
                                                                                               : "";
}

std::string sign_with_new_key(const Libcrypto& crypto) {
  const Owned<EVP_PKEY> key(crypto.EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), crypto.EVP_PKEY_free);
  if (key == nullptr)
    return "P-256 key: " + crypto.error_text();
  if (const std::string name = provider_of(crypto, crypto.EVP_PKEY_get0_provider(key.get())); name != "fips")
    return "P-256 key: made by provider " + name;
  constexpr std::array<unsigned char, 3> message = {'k', 'i', 'f'};
  std::array<unsigned char, 128> signature{};
  std::size_t size = signature.size();
  const auto context = [&] { return Owned<EVP_MD_CTX>(crypto.EVP_MD_CTX_new(), crypto.EVP_MD_CTX_free); };
  const auto signer = context();
  if (crypto.EVP_DigestSignInit_ex(signer.get(), nullptr, "SHA256", nullptr, nullptr, key.get(), nullptr) != 1 ||
      crypto.EVP_DigestSign(signer.get(), signature.data(), &size, message.data(), message.size()) != 1)
    return "signature: " + crypto.error_text();
  const auto verifier = context();
  if (crypto.EVP_DigestVerifyInit_ex(verifier.get(), nullptr, "SHA256", nullptr, nullptr, key.get(), nullptr) != 1 ||
      crypto.EVP_DigestVerify(verifier.get(), signature.data(), size, message.data(), message.size()) != 1)
    return "verification: " + crypto.error_text();
  return {};
}

std::string hash(const Libcrypto& crypto) {
  // FIPS 180-4, example "abc": the first four bytes tell this from any other function.
  constexpr std::array<unsigned char, 4> expected = {0xba, 0x78, 0x16, 0xbf};
  const Owned<EVP_MD> digest(crypto.EVP_MD_fetch(nullptr, "SHA256", nullptr), crypto.EVP_MD_free);
  const Owned<EVP_MD_CTX> context(crypto.EVP_MD_CTX_new(), crypto.EVP_MD_CTX_free);
  std::array<unsigned char, 32> value{};
  unsigned size = 0;
  if (digest == nullptr || crypto.EVP_DigestInit_ex2(context.get(), digest.get(), nullptr) != 1 ||
      crypto.EVP_DigestUpdate(context.get(), "abc", 3) != 1 ||
      crypto.EVP_DigestFinal_ex(context.get(), value.data(), &size) != 1)
    return "SHA-256: " + crypto.error_text();
  return std::equal(expected.begin(), expected.end(), value.begin()) ? "" : "SHA-256: wrong value";
}

std::string x25519(const Libcrypto& crypto) {
  const Owned<EVP_PKEY> key(crypto.EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"), crypto.EVP_PKEY_free);
  crypto.ERR_clear_error();
  return key == nullptr ? "" : "X25519 is not refused";
}

} // namespace

std::string use(const Libcrypto& crypto) {
  for (const auto step : {draw, sign_with_new_key, hash, x25519})
    if (std::string reason = step(crypto); !reason.empty())
      return reason;
  return {};
}

bool report(const std::string& name, const std::string& reason) {
  std::printf("%s %s%s%s\n", reason.empty() ? "ok" : "not ok", name.c_str(), reason.empty() ? "" : ": ",
              reason.c_str());
  std::fflush(stdout);
  return reason.empty();
}

} // namespace kif::test
