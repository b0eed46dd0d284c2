// SPDX-License-Identifier: Apache-2.0
// A user's own rules and certificates, in YAML.
#include "target.h"
#include "verify/rules/certificates.h"
#include "verify/rules/rule.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::demand_good_error(verify::parse_rule(text, "x"));
  fuzz::demand_good_error(verify::parse_certificates(text, "x"));
  return 0;
}
