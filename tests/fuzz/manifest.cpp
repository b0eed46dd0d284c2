// SPDX-License-Identifier: Apache-2.0
// Manifests and indexes of images, and configurations; each as OCI's and as Docker's.
#include "oci/manifest.h"

#include <string>

#include "oci/image_config.h"
#include "oci/json.h"
#include "oci/media_type.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view text = fuzz::text_of(data, size);
  bool is_manifest = false;
  for (const std::string_view type : {oci::k_oci_manifest, oci::k_docker_manifest}) {
    const auto manifest = oci::Manifest::parse(text, std::string(type), "x");
    fuzz::demand_good_error(manifest);
    is_manifest = is_manifest || manifest;
  }
  for (const std::string_view type : {oci::k_oci_index, oci::k_docker_index}) {
    const auto index = oci::Index::parse(text, std::string(type), "x");
    fuzz::demand_good_error(index);
    fuzz::demand(!index || !is_manifest, "no document is manifest and index");
  }
  if (const auto json = oci::parse_json(text, "x"))
    fuzz::demand_good_error(oci::ImageConfig::from_json(*json, "x"));
  return 0;
}
