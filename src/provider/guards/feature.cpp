// SPDX-License-Identifier: Apache-2.0
#include "provider/guards/feature.h"

#include <array>
#include <string>

#include "base/ascii.h"
#include "provider/core/algorithm_names.h"

namespace kif::provider {
namespace {

struct Text {
  std::string_view name;
  std::string_view sentence;
};

// In the order of Feature.
constexpr std::array<Text, 13> k_texts = {{
    {"tls12-without-ems", "kif: TLS 1.2 without the extended master secret is refused (kif-refuse: tls12-without-ems)"},
    {"rsa-pkcs1-encryption",
     "kif: RSA encryption with PKCS#1 v1.5 padding is refused (kif-refuse: rsa-pkcs1-encryption)"},
    {"3des-encryption", "kif: encryption with 3DES is refused (kif-refuse: 3des-encryption)"},
    {"dsa-signatures", "kif: DSA keys, parameters and signatures are not made (kif-refuse: dsa-signatures)"},
    {"rsa-x931-signatures", "kif: RSA signatures with X9.31 padding are refused (kif-refuse: rsa-x931-signatures)"},
    {"rsa-pss-saltlen", "kif: RSA-PSS salt longer than the digest is refused (kif-refuse: rsa-pss-saltlen)"},
    {"short-hmac-keys", "kif: HMAC and KMAC keys below 112 bits are refused (kif-refuse: short-hmac-keys)"},
    {"short-mac", "kif: KMAC output below 32 bits is refused (kif-refuse: short-mac)"},
    {"short-kdf-keys", "kif: key derivation from less than 112 bits is refused (kif-refuse: short-kdf-keys)"},
    {"kdf-digests", "kif: this digest is not approved for this key derivation (kif-refuse: kdf-digests)"},
    {"truncated-digest-drbg", "kif: this digest is not approved for a DRBG (kif-refuse: truncated-digest-drbg)"},
    {"small-curves", "kif: keys on curves below 112 bits are not made (kif-refuse: small-curves)"},
    {"ecdh-cofactor", "kif: ECDH on curves with a cofactor, B-… and K-…, is refused (kif-refuse: ecdh-cofactor)"},
}};
static_assert(k_texts.size() == static_cast<std::size_t>(Feature::ecdh_cofactor) + 1);

std::string all_names() {
  std::string names;
  for (const Text& text : k_texts)
    names += (names.empty() ? "" : ", ") + std::string(text.name);
  return names;
}

} // namespace

std::string_view name_of(Feature feature) noexcept {
  return k_texts[static_cast<std::size_t>(feature)].name;
}

std::string_view sentence_of(Feature feature) noexcept {
  return k_texts[static_cast<std::size_t>(feature)].sentence;
}

Result<Features> Features::parse(std::string_view names) {
  Features features;
  std::string_view unknown;
  const auto is_unknown = [&](std::string_view part) {
    for (std::size_t i = 0; i < k_texts.size(); ++i)
      if (k_texts[i].name == trimmed(part, " ")) {
        features.m_bits |= bit(static_cast<Feature>(i));
        return false;
      }
    unknown = trimmed(part, " ");
    return true;
  };
  if (!names.empty() && any_part(names, ',', is_unknown))
    return fail(
        Error(ErrorCode::invalid_input, "cannot use kif-refuse of openssl.cnf: bad value")
            .with_mismatch("none, or names separated by commas: " + all_names(), "\"" + std::string(unknown) + "\""));
  return features;
}

std::string names_of(Features features) {
  std::string names;
  for (std::size_t i = 0; i < k_texts.size(); ++i)
    if (features.has(static_cast<Feature>(i)))
      names += (names.empty() ? "" : ",") + std::string(k_texts[i].name);
  return names.empty() ? "none" : names;
}

} // namespace kif::provider
