// SPDX-License-Identifier: Apache-2.0
#include "libcrypto/state.h"

#include <array>
#include <string_view>

#include "contexts/empty_provider.h"

namespace kif::libcrypto {
namespace {

constexpr const char* k_file = "kif"; // not __FILE__: the path of a source says where kif was built

/// Handle of an active provider. OSSL_PROVIDER_load() would load one that the configuration left out.
OSSL_PROVIDER* find(const Libcrypto& crypto, const char* name) {
  struct Search {
    const Libcrypto& crypto;
    std::string_view name;
    OSSL_PROVIDER* found;
  } search{crypto, name, nullptr};
  crypto.OSSL_PROVIDER_do_all(
      nullptr,
      [](OSSL_PROVIDER* provider, void* data) {
        auto& s = *static_cast<Search*>(data);
        if (s.name == s.crypto.OSSL_PROVIDER_get0_name(provider))
          s.found = provider;
        return 1;
      },
      &search);
  return search.found;
}

std::string text_of(const Libcrypto& crypto, const OSSL_PROVIDER* provider, const char* key) {
  char* text = nullptr;
  std::array<OSSL_PARAM, 2> params = {crypto.OSSL_PARAM_construct_utf8_ptr(key, &text, 0),
                                      crypto.OSSL_PARAM_construct_end()};
  if (crypto.OSSL_PROVIDER_get_params(provider, params.data()) != 1 || text == nullptr)
    return {};
  return text;
}

} // namespace

std::vector<Provider> providers(const Libcrypto& crypto) {
  struct Walk {
    const Libcrypto& crypto;
    std::vector<Provider> found;
  } walk{crypto, {}};
  crypto.OSSL_PROVIDER_do_all(
      nullptr,
      [](OSSL_PROVIDER* provider, void* data) {
        auto& w = *static_cast<Walk*>(data);
        int status = 0;
        std::array<OSSL_PARAM, 2> params = {w.crypto.OSSL_PARAM_construct_int(OSSL_PROV_PARAM_STATUS, &status),
                                            w.crypto.OSSL_PARAM_construct_end()};
        const bool said = w.crypto.OSSL_PROVIDER_get_params(provider, params.data()) == 1;
        w.found.push_back({w.crypto.OSSL_PROVIDER_get0_name(provider),
                           text_of(w.crypto, provider, OSSL_PROV_PARAM_NAME),
                           text_of(w.crypto, provider, OSSL_PROV_PARAM_VERSION), said && status == 1});
        return 1;
      },
      &walk);
  return std::move(walk.found);
}

bool may_be_active(const Provider& provider) {
  return provider.name == k_module_provider || provider.name == k_seed_provider || provider.name == "base" ||
         provider.title == contexts::k_empty_provider_title;
}

bool Generator::is_approved() const {
  return provider == k_module_provider &&
         (algorithm == "CTR-DRBG" || algorithm == "HASH-DRBG" || algorithm == "HMAC-DRBG");
}

std::optional<Generator> generator_of(const Libcrypto& crypto, EVP_RAND_CTX* context) {
  EVP_RAND* rand = context != nullptr ? crypto.EVP_RAND_CTX_get0_rand(context) : nullptr;
  if (rand == nullptr)
    return std::nullopt;
  return Generator{crypto.EVP_RAND_get0_name(rand),
                   crypto.OSSL_PROVIDER_get0_name(crypto.EVP_RAND_get0_provider(rand))};
}

std::optional<SeedCounters> seed_counters(const Libcrypto& crypto) {
  const OSSL_PROVIDER* provider = find(crypto, k_seed_provider);
  if (provider == nullptr)
    return std::nullopt;
  SeedCounters counters;
  std::array<OSSL_PARAM, 5> params = {
      crypto.OSSL_PARAM_construct_uint64("kif-blocks", &counters.blocks),
      crypto.OSSL_PARAM_construct_uint64("kif-bytes-handed-out", &counters.bytes_handed_out),
      crypto.OSSL_PARAM_construct_uint64("kif-intermittent-failures", &counters.intermittent_failures),
      crypto.OSSL_PARAM_construct_uint64("kif-permanent-failures", &counters.permanent_failures),
      crypto.OSSL_PARAM_construct_end()};
  if (crypto.OSSL_PROVIDER_get_params(provider, params.data()) != 1)
    return std::nullopt;
  for (std::size_t i = 0; i + 1 < params.size(); ++i)
    if (crypto.OSSL_PARAM_modified(&params[i]) != 1)
      return std::nullopt;
  return counters;
}

std::optional<std::uint64_t> provider_number(const Libcrypto& crypto, const char* provider, const char* key) {
  const OSSL_PROVIDER* found = find(crypto, provider);
  std::uint64_t number = 0;
  std::array<OSSL_PARAM, 2> params = {crypto.OSSL_PARAM_construct_uint64(key, &number),
                                      crypto.OSSL_PARAM_construct_end()};
  if (found == nullptr || crypto.OSSL_PROVIDER_get_params(found, params.data()) != 1 ||
      crypto.OSSL_PARAM_modified(params.data()) != 1)
    return std::nullopt;
  return number;
}

std::string provider_text(const Libcrypto& crypto, const char* provider, const char* key) {
  const OSSL_PROVIDER* found = find(crypto, provider);
  return found != nullptr ? text_of(crypto, found, key) : std::string();
}

SeedNumbers::SeedNumbers(const Libcrypto& crypto) : m_crypto(crypto), m_provider(find(crypto, k_seed_provider)) {}

bool SeedNumbers::read(std::span<const char* const> names, std::span<std::uint64_t> values) const {
  constexpr std::size_t k_most = 32;
  if (m_provider == nullptr || names.size() != values.size() || names.size() >= k_most)
    return false;
  std::array<OSSL_PARAM, k_most> params;
  for (std::size_t i = 0; i < names.size(); ++i)
    params[i] = m_crypto.OSSL_PARAM_construct_uint64(names[i], &values[i]);
  params[names.size()] = m_crypto.OSSL_PARAM_construct_end();
  if (m_crypto.OSSL_PROVIDER_get_params(m_provider, params.data()) != 1)
    return false;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (m_crypto.OSSL_PARAM_modified(&params[i]) != 1)
      return false;
  return true;
}

std::string configuration_file(const Libcrypto& crypto) {
  char* path = crypto.CONF_get1_default_config_file();
  if (path == nullptr)
    return {};
  std::string text = path;
  crypto.CRYPTO_free(path, k_file, __LINE__);
  return text;
}

} // namespace kif::libcrypto
