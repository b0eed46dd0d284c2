// SPDX-License-Identifier: Apache-2.0
#include "init/explain.h"

#include "base/file.h"

namespace kif::init {
namespace {

using libcrypto::Libcrypto;
using libcrypto::Owned;

/// A configuration is text written by people; OpenSSL's own is 12 KB.
constexpr std::uint64_t k_max_config_bytes = 1024UL * 1024;

/// The name of the provider's section, found the way OpenSSL goes: openssl_conf → providers → the provider.
bool has_section(const Libcrypto& crypto, const CONF* config, const char* provider) {
  const char* start = crypto.NCONF_get_string(config, nullptr, "openssl_conf");
  const char* list = start != nullptr ? crypto.NCONF_get_string(config, start, "providers") : nullptr;
  const bool found = list != nullptr && crypto.NCONF_get_string(config, list, provider) != nullptr;
  crypto.ERR_clear_error();
  return found;
}

} // namespace

std::string without_activation(std::string_view text) {
  constexpr std::string_view k_blank = " \t";
  std::string kept;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end == std::string_view::npos ? text.size() : end + 1);
    text.remove_prefix(line.size());
    const std::size_t key = line.find_first_not_of(k_blank);
    const std::size_t key_end = key == std::string_view::npos ? key : line.find_first_of(" \t=", key);
    const bool activates = key_end != std::string_view::npos && line.substr(key, key_end - key) == "activate";
    if (!activates)
      kept += line;
  }
  return kept;
}

Explanation explain_provider(const Libcrypto& crypto, const std::string& file, const char* provider) {
  const auto content = read_file(file, k_max_config_bytes);
  if (!content)
    return {false, content.error().message};
  const std::string text = without_activation(*content);
  crypto.ERR_clear_error();
  const Owned<OSSL_LIB_CTX> context(crypto.OSSL_LIB_CTX_new(), crypto.OSSL_LIB_CTX_free);
  const Owned<CONF> config(crypto.NCONF_new_ex(context.get(), nullptr), crypto.NCONF_free);
  BIO* const source = crypto.BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
  long line = 0;
  const bool read = config != nullptr && source != nullptr && crypto.NCONF_load_bio(config.get(), source, &line) > 0;
  crypto.BIO_free(source);
  if (!read)
    return {false, crypto.error_text()};
  if (!has_section(crypto, config.get(), provider))
    return {false, {}};
  if (crypto.CONF_modules_load(config.get(), nullptr, 0) <= 0)
    return {true, crypto.error_text()};
  OSSL_PROVIDER* const loaded = crypto.OSSL_PROVIDER_load(context.get(), provider);
  if (loaded == nullptr)
    return {true, crypto.error_text()};
  crypto.OSSL_PROVIDER_unload(loaded);
  crypto.ERR_clear_error();
  return {true, {}};
}

} // namespace kif::init
