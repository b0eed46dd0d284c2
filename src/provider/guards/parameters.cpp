// SPDX-License-Identifier: Apache-2.0
#include "provider/guards/parameters.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "provider/core/algorithm_names.h"

namespace kif::provider {
namespace {

struct DigestNames {
  Digest digest;
  std::string_view names;
};

constexpr std::array<DigestNames, 11> k_digests = {{
    {Digest::sha1, "SHA1:SHA-1:SSL3-SHA1:1.3.14.3.2.26"},
    {Digest::sha224, "SHA2-224:SHA-224:SHA224:2.16.840.1.101.3.4.2.4"},
    {Digest::sha256, "SHA2-256:SHA-256:SHA256:2.16.840.1.101.3.4.2.1"},
    {Digest::sha384, "SHA2-384:SHA-384:SHA384:2.16.840.1.101.3.4.2.2"},
    {Digest::sha512, "SHA2-512:SHA-512:SHA512:2.16.840.1.101.3.4.2.3"},
    {Digest::sha512_224, "SHA2-512/224:SHA-512/224:SHA512-224:2.16.840.1.101.3.4.2.5"},
    {Digest::sha512_256, "SHA2-512/256:SHA-512/256:SHA512-256:2.16.840.1.101.3.4.2.6"},
    {Digest::sha3_224, "SHA3-224:2.16.840.1.101.3.4.2.7"},
    {Digest::sha3_256, "SHA3-256:2.16.840.1.101.3.4.2.8"},
    {Digest::sha3_384, "SHA3-384:2.16.840.1.101.3.4.2.9"},
    {Digest::sha3_512, "SHA3-512:2.16.840.1.101.3.4.2.10"},
}};

// Longer than any name of a digest or cipher. Modules read to the zero, whatever the entry's size says.
constexpr std::size_t k_longest_name = 256;

} // namespace

const OSSL_PARAM* find(const OSSL_PARAM params[], std::string_view name) noexcept {
  if (params == nullptr)
    return nullptr;
  for (; params->key != nullptr; ++params)
    if (name == params->key)
      return params;
  return nullptr;
}

std::optional<std::string_view> text_in(const OSSL_PARAM params[], std::string_view name) noexcept {
  const OSSL_PARAM* param = find(params, name);
  if (param == nullptr || param->data_type != OSSL_PARAM_UTF8_STRING || param->data == nullptr)
    return std::nullopt;
  const auto* text = static_cast<const char*>(param->data);
  return std::string_view(text, ::strnlen(text, k_longest_name));
}

std::optional<std::uint64_t> number_in(const OSSL_PARAM params[], std::string_view name) noexcept {
  const OSSL_PARAM* param = find(params, name);
  if (param == nullptr)
    return std::nullopt;
  const bool is_signed = param->data_type == OSSL_PARAM_INTEGER;
  if ((!is_signed && param->data_type != OSSL_PARAM_UNSIGNED_INTEGER) || param->data == nullptr ||
      param->data_size == 0 || param->data_size > sizeof(std::uint64_t))
    return 0;
  std::array<unsigned char, sizeof(std::uint64_t)> bytes{};
  std::memcpy(bytes.data(), param->data, param->data_size); // both our architectures are little-endian
  if (is_signed && (bytes[param->data_size - 1] & 0x80U) != 0)
    return 0;
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

bool is_short_key(const OSSL_PARAM params[], std::string_view name) noexcept {
  const OSSL_PARAM* param = find(params, name);
  return param != nullptr && param->data_size < k_least_key_bytes;
}

Digest digest_of(std::string_view name) noexcept {
  for (const DigestNames& one : k_digests)
    if (has_name(one.names, name))
      return one.digest;
  return Digest::other;
}

bool digest_is_one_of(const OSSL_PARAM params[], std::initializer_list<Digest> allowed) noexcept {
  const auto name = text_in(params, "digest"); // OSSL_ALG_PARAM_DIGEST, whatever the operation
  return !name || std::find(allowed.begin(), allowed.end(), digest_of(*name)) != allowed.end();
}

bool names_triple_des(const OSSL_PARAM params[]) noexcept {
  const auto name = text_in(params, "cipher"); // OSSL_ALG_PARAM_CIPHER
  return name && has_name("DES-EDE3-CBC:DES3:1.2.840.113549.3.7", *name);
}

} // namespace kif::provider
