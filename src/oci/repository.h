// SPDX-License-Identifier: Apache-2.0
// Where an image lies, seen from what is attached to it: the tags beside it, and the manifests that name it as their
// subject. A registry's repository, or an image layout.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "digest/digest.h"
#include "oci/blob_store.h"
#include "oci/descriptor.h"

namespace kif::oci {

class ImageName;

/// How the referrers of a digest were found.
enum class ReferrersWay {
  api,    ///< the registry's referrers API (distribution-spec 1.1, "Listing Referrers")
  tag,    ///< the fallback tag sha256-<hex> ("Referrers Tag Schema")
  layout, ///< entries of a layout whose manifest has a subject, and what `cosign save` marks
};

/// In one list of referrers.
inline constexpr std::size_t k_max_referrers = 256;

/// The fallback tag of a digest: "sha256-<hex>".
inline std::string referrers_tag(const Digest& subject) {
  return "sha256-" + subject.hex();
}

struct Referrers {
  ReferrersWay way = ReferrersWay::api;
  std::vector<Descriptor> manifests; ///< each once. What the list says of their types is not to be trusted: open each
};

/// Safe to use from several threads.
class Repository : public BlobStore {
public:
  /// The manifest or index that a tag stands for; none where there is no such tag.
  virtual Result<std::optional<Descriptor>> find_tag(const std::string& tag) const = 0;
  /// At most k_max_referrers of them, else too_large; an empty list where there are none.
  virtual Result<Referrers> referrers(const Digest& subject) const = 0;
};

struct OpenedRepository {
  std::shared_ptr<const Repository> repository;
  Descriptor top; ///< the manifest or index that the name stands for
};

/// Opens what a name of transport docker stands for. Who speaks to registries is a room above this one; who wants names
/// of that transport opened hands it in.
using RegistryOpener = std::function<Result<OpenedRepository>(const ImageName&)>;

} // namespace kif::oci
