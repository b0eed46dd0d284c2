// SPDX-License-Identifier: Apache-2.0
#include "sbom/signing/public_key.h"

#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const auto key = sbom::PublicKey::parse(fuzz::text_of(data, size), "x");
  fuzz::demand_good_error(key);
  if (key)
    fuzz::demand(!key->verifies("message", "no signature"), "no signature is none");
  return 0;
}
