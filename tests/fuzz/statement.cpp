// SPDX-License-Identifier: Apache-2.0
#include "sbom/reading/statement.h"

#include "document.h"
#include "oci/json.h"
#include "sbom/reading/form.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const auto json = oci::parse_json(fuzz::text_of(data, size), "x", sbom::k_document_bounds);
  if (!json)
    return 0;
  sbom::Readings readings;
  const auto read = sbom::read_statement(*json, "x", sbom::SignatureState::none, {}, readings);
  fuzz::demand_good_error(read);
  fuzz::demand(readings.documents.size() + readings.other_predicates.size() == (read ? 1U : 0U),
               "a statement has one predicate");
  for (const auto& reading : readings.documents)
    fuzz::demand_good_document(reading.document);
  return 0;
}
