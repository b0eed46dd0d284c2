// SPDX-License-Identifier: Apache-2.0
#include "oci/blob_store.h"

#include "oci/json.h"

namespace kif::oci {

Result<std::unique_ptr<Reader>> open_verified(const BlobStore& store, const Descriptor& descriptor,
                                              const std::string& what) {
  KIF_TRY(auto reader, store.open(descriptor, what));
  return std::make_unique<VerifiedReader>(std::move(reader), descriptor.digest, descriptor.size, what);
}

Result<std::string> read_json_blob(const BlobStore& store, const Descriptor& descriptor, const std::string& what) {
  if (descriptor.size > k_max_json_bytes)
    return fail(ErrorCode::too_large, "cannot read " + what + ": its " + std::to_string(descriptor.size) +
                                          " bytes are over the bound of " + std::to_string(k_max_json_bytes));
  KIF_TRY(const auto reader, open_verified(store, descriptor, what));
  return read_to_end(*reader, k_max_json_bytes, what);
}

} // namespace kif::oci
