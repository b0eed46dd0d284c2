// SPDX-License-Identifier: Apache-2.0
// Reading the OSSL_PARAMs that pass a guard, as the module reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include <openssl/core.h>

namespace kif::provider {

/// 112 bits, the least security strength of FIPS 140-3 (SP 800-131A revision 2, §1.2.1), as bytes of a key.
inline constexpr std::size_t k_least_key_bytes = 14;

/// The first entry of that name, or null. `params` may be null.
const OSSL_PARAM* find(const OSSL_PARAM params[], std::string_view name) noexcept;

/// A UTF-8 string's text, up to its zero. Nothing: absent or of another type, which the module refuses itself.
std::optional<std::string_view> text_in(const OSSL_PARAM params[], std::string_view name) noexcept;

/// A whole number. Nothing: absent. Of another type, negative or longer than 8 bytes: 0, which nobody lets through.
std::optional<std::uint64_t> number_in(const OSSL_PARAM params[], std::string_view name) noexcept;

/// There is a key of that name, and it is shorter than 112 bits.
bool is_short_key(const OSSL_PARAM params[], std::string_view name) noexcept;

/// FIPS digests, each by all names that modules give it (providers/implementations/include/prov/names.h).
enum class Digest { other, sha1, sha224, sha256, sha384, sha512, sha512_224, sha512_256, sha3_224, sha3_256, sha3_384, sha3_512 };
Digest digest_of(std::string_view name) noexcept;

/// The digest that is set here is one of `allowed`, or none is set here.
bool digest_is_one_of(const OSSL_PARAM params[], std::initializer_list<Digest> allowed) noexcept;

/// A cipher is set here, and it is 3DES: of CMAC, "DES-EDE3-CBC" by any of its names.
bool names_triple_des(const OSSL_PARAM params[]) noexcept;

} // namespace kif::provider
