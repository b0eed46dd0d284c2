// SPDX-License-Identifier: Apache-2.0
// kif harden: an existing image and the FIPS layer become a hardened image; of an image for several platforms, each.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "facts/approved.h"
#include "image/approved_settings.h"
#include "image/inspection/inspection.h"
#include "image/java_support.h"
#include "image/layer.h"
#include "oci/image_name.h"
#include "oci/platform.h"
#include "oci/repository.h"

namespace kif::image {

/// What goes into images of one architecture.
struct ArchitectureParts {
  PartPaths layer = {};
  JavaRequest java = {};
};

struct HardenRequest {
  oci::ImageName source;
  oci::ImageName target;
  std::optional<oci::Platform> platform = {};          ///< none: all that the source has and `parts` has parts for
  std::map<std::string, ArchitectureParts> parts = {}; ///< by OCI's name of the architecture
  std::map<std::string, std::string> no_parts = {}; ///< why an architecture is not among them, where that can be said
  LayerClaims claims = {};
  facts::ApprovedTable approved = {};   ///< data/approved.yaml
  std::vector<std::string> compat = {}; ///< features of it that are to work, as facts::choose_features() gives them
  oci::RegistryOpener registry = {};    ///< for a source in a registry
  bool force = false;                   ///< replace another FIPS layer, and what is under the target's name
  std::optional<std::int64_t> source_date_epoch = {}; ///< none: files of 1970, the image's own `created`
  Progress progress = [](std::string_view) {};
};

enum class HardenOutcome {
  hardened,
  replaced,         ///< the image had a FIPS layer of other parts
  already_hardened, ///< the image has just this layer; it was written on as it is, or nothing was to be written
};

/// What is known of a platform's hardened image before it is written.
struct PlatformOutcome {
  HardenOutcome outcome = HardenOutcome::hardened;
  oci::Platform platform;
  std::string source_digest; ///< of the source's manifest; empty for docker-archive, which has none
  Digest layer_diff_id;
  Inspection found;
  LayerParts parts;
  ApprovedSettings settings = {};     ///< what the layer's openssl.cnf holds the image to
  std::vector<JavaRuntime> java = {}; ///< the image's Java runtimes that the layer serves
  std::vector<ConvertedStore> java_stores = {};
  std::vector<std::string> not_reached = {}; ///< what the layer does not reach, all of it, as layer.json records it
  std::vector<std::string> warnings;
};

struct HardenedPlatform : PlatformOutcome {
  std::string target_digest; ///< of the manifest written, or that was there
  Digest layer_digest;       ///< of the layer's blob
  std::uint64_t layer_bytes; ///< of the layer's blob
};

/// What the source has and the target has not: the image for a platform, or an entry that is not an image.
struct LeftOut {
  oci::Platform platform; ///< unknown/unknown where the entry names none
  std::string reason;
};

struct HardenReport {
  std::vector<HardenedPlatform> platforms; ///< in the source's order; one where the target is no index
  std::vector<LeftOut> left_out = {};
  std::string index_digest = {}; ///< of the index written, or that was there; empty where the target is one image
  bool is_written = true;        ///< false: the target was there already, with the same content
};

/// Nothing is written before every check of every platform has passed, and what is written appears whole.
/// unsupported: an image, a part, or the two together cannot be used, with the reason; conflict: without `force`,
/// where an image has a FIPS layer of other parts, or there is another image under the target's name.
Result<HardenReport> harden(const HardenRequest& request);

} // namespace kif::image
