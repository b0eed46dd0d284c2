// SPDX-License-Identifier: Apache-2.0
// One format of SBOMs: KIF_FUZZ_READER is its reader.
#include "document.h"
#include "oci/json.h"
#include "sbom/reading/form.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const auto json = oci::parse_json(fuzz::text_of(data, size), "x", sbom::k_document_bounds);
  if (!json)
    return 0;
  const auto document = sbom::KIF_FUZZ_READER(*json, "x");
  fuzz::demand_good_error(document);
  if (document)
    fuzz::demand_good_document(*document);
  return 0;
}
