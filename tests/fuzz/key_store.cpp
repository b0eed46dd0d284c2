// SPDX-License-Identifier: Apache-2.0
// A key store of an image: what Java refuses of it is told, and what is converted is not refused and opens with the
// same password.
#include "stores/key_store.h"

#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view content = fuzz::text_of(data, size);
  const std::string refusal = stores::refusal_of(content);
  fuzz::demand(refusal.empty() || refusal.starts_with("is a "), "a refusal is a clause");
  const SecretString password("changeit");
  const auto made = stores::converted(content, password);
  fuzz::demand_no_bug(made);
  if (!made)
    return 0;
  fuzz::demand(stores::refusal_of(*made).empty(), "what was converted is not refused");
  fuzz::demand(stores::converted(*made, password).has_value(), "and opens with the same password");
  return 0;
}
