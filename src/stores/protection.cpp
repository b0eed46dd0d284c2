// SPDX-License-Identifier: Apache-2.0
#include "stores/protection.h"

#include <algorithm>
#include <array>
#include <memory>

#include <openssl/objects.h>

namespace kif::stores {
namespace {

// What KIF takes.
constexpr int k_least_salt_bytes = 16;
constexpr long k_least_iterations = 1000;
constexpr long k_most_iterations = 5'000'000;
constexpr std::array k_ciphers = {NID_aes_128_cbc, NID_aes_192_cbc, NID_aes_256_cbc};
constexpr std::array k_prfs = {NID_hmacWithSHA1, NID_hmacWithSHA224, NID_hmacWithSHA256, NID_hmacWithSHA384,
                               NID_hmacWithSHA512};

template <auto Function> struct Free {
  template <class T> void operator()(T* value) const noexcept { Function(value); }
};

struct Parts {
  const ASN1_OBJECT* identifier = nullptr;
  const ASN1_STRING* sequence = nullptr; ///< its parameters; null: none, or others
};

Parts parts_of(const X509_ALGOR* algorithm) {
  Parts parts;
  int type = 0;
  const void* value = nullptr;
  X509_ALGOR_get0(&parts.identifier, &type, &value, algorithm);
  if (type == V_ASN1_SEQUENCE)
    parts.sequence = static_cast<const ASN1_STRING*>(value);
  return parts;
}

template <class T, auto Read, auto Release> std::unique_ptr<T, Free<Release>> read(const ASN1_STRING* sequence) {
  if (sequence == nullptr)
    return nullptr;
  const unsigned char* data = ASN1_STRING_get0_data(sequence);
  return std::unique_ptr<T, Free<Release>>(Read(nullptr, &data, ASN1_STRING_length(sequence)));
}

std::string name_of(const ASN1_OBJECT* identifier) {
  std::array<char, 100> name{};
  OBJ_obj2txt(name.data(), name.size(), identifier, 0);
  return name.data();
}

Protection derivation_of(const X509_ALGOR* algorithm) {
  const Parts parts = parts_of(algorithm);
  const auto pbkdf2 = read<PBKDF2PARAM, d2i_PBKDF2PARAM, PBKDF2PARAM_free>(parts.sequence);
  if (OBJ_obj2nid(parts.identifier) != NID_id_pbkdf2 || !pbkdf2)
    return {"a derivation by " + name_of(parts.identifier)};
  Protection found{.iterations = ASN1_INTEGER_get(pbkdf2->iter)};
  const int salt = pbkdf2->salt->type == V_ASN1_OCTET_STRING ? ASN1_STRING_length(pbkdf2->salt->value.octet_string) : 0;
  const int prf = pbkdf2->prf == nullptr ? NID_hmacWithSHA1 : OBJ_obj2nid(parts_of(pbkdf2->prf).identifier);
  if (salt < k_least_salt_bytes)
    found.unapproved = "PBKDF2 with a salt of " + std::to_string(salt) + " bytes";
  else if (found.iterations < k_least_iterations || found.iterations > k_most_iterations)
    found.unapproved = "PBKDF2 with " + std::to_string(found.iterations) + " iterations";
  else if (std::ranges::find(k_prfs, prf) == k_prfs.end())
    found.unapproved = "PBKDF2 with another function than HMAC of SHA-1 or SHA-2";
  return found;
}

} // namespace

std::string dotted(const ASN1_OBJECT* identifier) {
  std::array<char, 100> name{};
  OBJ_obj2txt(name.data(), name.size(), identifier, 1);
  return name.data();
}

Protection protection_of(const X509_ALGOR* algorithm) {
  const Parts parts = parts_of(algorithm);
  const bool is_pbes2 = OBJ_obj2nid(parts.identifier) == NID_pbes2;
  if (!is_pbes2 && dotted(parts.identifier) != k_pbmac1) {
    const auto old = read<PBEPARAM, d2i_PBEPARAM, PBEPARAM_free>(parts.sequence);
    return {name_of(parts.identifier), old ? ASN1_INTEGER_get(old->iter) : -1};
  }
  // PBMAC1's parameters are the same two algorithms: the derivation, and what takes the key.
  const auto both = read<PBE2PARAM, d2i_PBE2PARAM, PBE2PARAM_free>(parts.sequence);
  if (!both)
    return {is_pbes2 ? "PBES2 with damaged parameters" : "PBMAC1 with damaged parameters"};
  Protection found = derivation_of(both->keyfunc);
  const ASN1_OBJECT* cipher = parts_of(both->encryption).identifier;
  if (is_pbes2 && std::ranges::find(k_ciphers, OBJ_obj2nid(cipher)) == k_ciphers.end())
    found.unapproved = "PBES2 with " + name_of(cipher);
  return found;
}

Result<void> Work::add(long iterations) {
  if (iterations < 0 || iterations > m_left)
    return fail(ErrorCode::too_large, "opening it takes too many iterations, or it does not say how many");
  m_left -= iterations;
  return {};
}

} // namespace kif::stores
