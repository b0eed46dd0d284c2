// SPDX-License-Identifier: Apache-2.0
// A package database: KIF_FUZZ_READER is its reader.
#include "document.h"
#include "sbom/databases/apk_database.h"
#include "sbom/databases/dpkg_status.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const auto document = sbom::KIF_FUZZ_READER(fuzz::text_of(data, size), "x");
  fuzz::demand_good_error(document);
  if (document)
    fuzz::demand_good_document(*document);
  return 0;
}
