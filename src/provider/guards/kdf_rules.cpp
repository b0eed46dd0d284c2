// SPDX-License-Identifier: Apache-2.0
#include "provider/guards/kdf_rules.h"

#include <algorithm>

#include <openssl/core_names.h>

#include "provider/core/algorithm_names.h"
#include "provider/guards/parameters.h"

namespace kif::provider {
namespace {

// RFC 5246 §8.1; with RFC 7627 (EMS) the label is "extended master secret". 3.1's check is this one: the first bytes of
// the seed (tls1_prf.c: TLS_MD_MASTER_SECRET_CONST).
constexpr std::string_view k_label_without_ems = "master secret";

/// The seed entries of one call, one after another, begin with the label. A caller who gives the label itself in pieces
/// by several calls is not seen; libssl and EVP_PKEY's users give it whole.
bool is_without_ems(const OSSL_PARAM params[]) noexcept {
  std::string_view left = k_label_without_ems;
  for (const OSSL_PARAM* seed = find(params, OSSL_KDF_PARAM_SEED); seed != nullptr;
       seed = find(seed + 1, OSSL_KDF_PARAM_SEED)) {
    if (seed->data_type != OSSL_PARAM_OCTET_STRING || seed->data == nullptr)
      continue;
    const std::size_t size = std::min(seed->data_size, left.size());
    if (left.substr(0, size) != std::string_view(static_cast<const char*>(seed->data), size))
      return false;
    left.remove_prefix(size);
    if (left.empty())
      return true;
  }
  return false;
}

/// As the modules' own checks from 3.4 on: SP 800-135 §4.2, §5.2 and ACVP's lists, RFC 8446 appendix B.4.
bool digest_is_approved(const Guard& guard, const OSSL_PARAM params[]) noexcept {
  using enum Digest;
  if (guard.has_name("TLS1-PRF"))
    return digest_is_one_of(params, {sha256, sha384, sha512});
  if (guard.has_name("TLS13-KDF"))
    return digest_is_one_of(params, {sha256, sha384});
  if (guard.has_name("SSHKDF"))
    return digest_is_one_of(params, {sha1, sha224, sha256, sha384, sha512});
  const auto name = text_in(params, OSSL_KDF_PARAM_DIGEST); // X963KDF
  return !name || digest_of(*name) != sha1;
}

} // namespace

Features kdf_features(std::string_view algorithm_names) noexcept {
  const auto is = [&](std::string_view name) { return has_name(algorithm_names, name); };
  if (is("TLS1-PRF"))
    return Features(Feature::tls12_without_ems, Feature::short_kdf_keys, Feature::kdf_digests);
  if (is("TLS13-KDF") || is("SSHKDF") || is("X963KDF"))
    return Features(Feature::short_kdf_keys, Feature::kdf_digests);
  if (is("HKDF") || is("SSKDF") || is("X942KDF-ASN1") || is("KBKDF"))
    return Features(Feature::short_kdf_keys);
  return {}; // PBKDF2: passwords, with bounds of its own
}

bool permits_kdf(const Guard& guard, const OSSL_PARAM params[]) noexcept {
  if (guard.refused.has(Feature::tls12_without_ems) && is_without_ems(params))
    return guard.refuse(Feature::tls12_without_ems);
  // TLS 1.3's derivations from nothing (RFC 8446 §7.1: a string of zeros) name no key, and pass.
  if (guard.refused.has(Feature::short_kdf_keys) &&
      (is_short_key(params, OSSL_KDF_PARAM_KEY) || is_short_key(params, OSSL_KDF_PARAM_SECRET)))
    return guard.refuse(Feature::short_kdf_keys);
  if (guard.refused.has(Feature::kdf_digests) && !digest_is_approved(guard, params))
    return guard.refuse(Feature::kdf_digests);
  return true;
}

} // namespace kif::provider
