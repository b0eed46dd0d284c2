// SPDX-License-Identifier: Apache-2.0
#include "sbom/reading/base64.h"

#include <algorithm>
#include <string>

#include <openssl/evp.h>

#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view text = fuzz::text_of(data, size);
  const auto bytes = sbom::decode_base64(text, "x", "it");
  fuzz::demand_good_error(bytes);
  if (!bytes)
    return 0;
  // What is read has one spelling, but for the alphabet and the padding.
  std::string again(4 * ((bytes->size() + 2) / 3) + 1, '\0');
  again.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(again.data()),
                                                        reinterpret_cast<const unsigned char*>(bytes->data()),
                                                        static_cast<int>(bytes->size()))));
  std::string plain(text);
  std::ranges::replace(plain, '-', '+');
  std::ranges::replace(plain, '_', '/');
  plain.resize(again.size(), '=');
  fuzz::demand(plain == again, "base64 has one spelling");
  return 0;
}
