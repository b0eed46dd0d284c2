// SPDX-License-Identifier: Apache-2.0
#include "init/compat.h"

#include "base/file.h"
#include "libcrypto/state.h"

namespace kif::init {
namespace {

/// A configuration is text written by people; OpenSSL's own is 12 KB.
constexpr std::uint64_t k_max_config_bytes = 1024UL * 1024;

} // namespace

std::string compat_features(const libcrypto::Libcrypto& crypto, const std::string& file) {
  const auto text = read_file(file, k_max_config_bytes);
  if (!text)
    return {};
  const libcrypto::Owned<CONF> config(crypto.NCONF_new_ex(nullptr, nullptr), crypto.NCONF_free);
  BIO* const source = crypto.BIO_new_mem_buf(text->data(), static_cast<int>(text->size()));
  long line = 0;
  std::string features;
  if (config != nullptr && source != nullptr && crypto.NCONF_load_bio(config.get(), source, &line) > 0) {
    // The way OpenSSL goes: openssl_conf, its providers, the module's section.
    const char* value = crypto.NCONF_get_string(config.get(), nullptr, "openssl_conf");
    for (const char* key : {"providers", libcrypto::k_module_provider, "kif-compat"})
      if (value != nullptr)
        value = crypto.NCONF_get_string(config.get(), value, key);
    features = value != nullptr ? value : "";
  }
  crypto.BIO_free(source);
  crypto.ERR_clear_error();
  return features;
}

} // namespace kif::init
