// SPDX-License-Identifier: Apache-2.0
// refusals [--any-provider]: tries every item of item.h in the configured libcrypto, and prints for each
//   NAME works
//   NAME refused: REASONS
// Exit code 0: all were tried; 3: the module does not load, and --any-provider does not say that there may be none.
#include "item.h"

#include <cstdio>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

namespace kif::test {
namespace {

std::string reasons() {
  std::string result;
  const char* data = nullptr;
  int flags = 0;
  while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
    const char* reason = ERR_reason_error_string(code);
    result += std::string(result.empty() ? "" : "; ") + (reason != nullptr ? reason : "?");
    if ((flags & ERR_TXT_STRING) != 0 && data != nullptr && *data != '\0')
      result += std::string(" (") + data + ")";
  }
  return result.empty() ? "no reason given" : result;
}

} // namespace

OSSL_LIB_CTX* other() {
  static OSSL_LIB_CTX* const context = [] {
    OSSL_LIB_CTX* made = OSSL_LIB_CTX_new();
    OSSL_PROVIDER_load(made, "default");
    return made;
  }();
  return context;
}

} // namespace kif::test

int main(int argc, char** argv) {
  using namespace kif::test;
  // Asked before it has read its configuration, libcrypto would load its default provider beside the module.
  OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr);
  const bool any_provider = argc > 1 && std::string_view(argv[1]) == "--any-provider";
  if (any_provider)
    unapproved_too = nullptr;
  else if (OSSL_PROVIDER_available(nullptr, "fips") != 1)
    return std::fprintf(stderr, "%s\n", reasons().c_str()), 3;
  for (const auto& items : {kdf_items, mac_and_cipher_items, random_items, signature_items, rsa_encryption_items,
                            curve_items, tls_items, never_approved_items})
    for (const Item& item : items()) {
      ERR_clear_error();
      const bool works = item.attempt();
      std::printf("%s %s%s\n", item.name.c_str(), works ? "works" : "refused: ", works ? "" : reasons().c_str());
      std::fflush(stdout);
    }
  return 0;
}
