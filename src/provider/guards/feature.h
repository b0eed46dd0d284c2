// SPDX-License-Identifier: Apache-2.0
// What kif-refuse can name: things that a module does and FIPS 140-3 does not approve, of modules that have no switch
// against them (docs/design/0019-guards.md has the table of modules).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace kif::provider {

enum class Feature : std::uint8_t {
  tls12_without_ems,
  rsa_pkcs1_encryption,
  triple_des_encryption,
  dsa_signatures,
  rsa_x931_signatures,
  rsa_pss_saltlen,
  short_hmac_keys,
  short_mac,
  short_kdf_keys,
  kdf_digests,
  truncated_digest_drbg,
  small_curves,
  ecdh_cofactor,
};

/// Its name in openssl.cnf: "tls12-without-ems".
std::string_view name_of(Feature feature) noexcept;

/// What whoever is refused reads: a whole sentence, with the feature's name in it.
std::string_view sentence_of(Feature feature) noexcept;

/// A set of features.
class Features {
public:
  constexpr Features() noexcept = default;
  template <class... More> constexpr explicit Features(Feature first, More... more) noexcept : m_bits(bit(first)) {
    ((m_bits |= bit(more)), ...);
  }

  /// Names separated by commas, blanks around them ignored; empty: none. invalid_input: a name that is not known.
  static Result<Features> parse(std::string_view names);

  constexpr bool has(Feature feature) const noexcept { return (m_bits & bit(feature)) != 0; }
  constexpr bool empty() const noexcept { return m_bits == 0; }
  constexpr Features operator&(Features other) const noexcept {
    Features both;
    both.m_bits = m_bits & other.m_bits;
    return both;
  }
  constexpr bool operator==(const Features&) const noexcept = default;

private:
  static constexpr std::uint32_t bit(Feature feature) noexcept {
    return std::uint32_t{1} << static_cast<unsigned>(feature);
  }
  std::uint32_t m_bits = 0;
};

/// "tls12-without-ems,dsa-signatures", in a fixed order; "none".
std::string names_of(Features features);

} // namespace kif::provider
