// SPDX-License-Identifier: Apache-2.0
// A library that draws while it is being loaded: the provider's start-up thread runs while the loader's lock is held.
#include "use.h"

namespace {

__attribute__((constructor)) void draw_at_load() {
  const auto crypto = kif::libcrypto::Libcrypto::open();
  kif::test::report("inside dlopen", crypto ? kif::test::use(*crypto) : crypto.error().message);
}

} // namespace
