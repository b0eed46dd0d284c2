// SPDX-License-Identifier: Apache-2.0
// load_provider NAME: loads a provider that the configuration describes without activating it, and says why it cannot.
#include <cstdio>

#include "use.h"

int main(int argc, char** argv) {
  if (argc != 2)
    return 2;
  const auto crypto = kif::libcrypto::Libcrypto::open();
  if (!crypto)
    return std::fprintf(stderr, "%s\n", crypto.error().message.c_str()), 2;
  const bool loaded = crypto->OSSL_PROVIDER_load(nullptr, argv[1]) != nullptr;
  return kif::test::report(argv[1], loaded ? "" : crypto->error_text()) ? 0 : 1;
}
