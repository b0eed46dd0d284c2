// SPDX-License-Identifier: Apache-2.0
// Where the blobs of an opened image lie: a folder in OCI's layout, an archive, or a registry.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/reader.h"
#include "base/result.h"
#include "digest/digest.h"
#include "oci/descriptor.h"

namespace kif::oci {

class BlobStore {
public:
  BlobStore() = default;
  BlobStore(const BlobStore&) = delete;
  BlobStore& operator=(const BlobStore&) = delete;
  virtual ~BlobStore() = default;

  /// The blob's bytes as they lie there, not verified yet; safe to call from several threads. `what` names the blob in
  /// errors. The media type says whether it is a manifest: registries keep those in another place than other blobs.
  virtual Result<std::unique_ptr<Reader>> open(const Descriptor& descriptor, const std::string& what) const = 0;
  /// The blob's own file, where it has one.
  virtual std::optional<std::filesystem::path> path_of(const Digest&) const { return std::nullopt; }
};

/// The blob through a VerifiedReader.
Result<std::unique_ptr<Reader>> open_verified(const BlobStore& store, const Descriptor& descriptor,
                                              const std::string& what);
/// A manifest, index or configuration: whole, verified, of at most k_max_json_bytes. A descriptor that claims more is
/// refused unread.
Result<std::string> read_json_blob(const BlobStore& store, const Descriptor& descriptor, const std::string& what);

} // namespace kif::oci
