// SPDX-License-Identifier: Apache-2.0
// Manifests and indexes of images, and configurations; each as OCI's and as Docker's.
#include "oci/manifest.h"

#include <string>

#include "oci/image_config.h"
#include "oci/json.h"
#include "oci/media_type.h"
#include "registry/manifest_type.h"
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
  const auto type = oci::manifest_type(text, std::string(oci::k_oci_manifest), "x");
  fuzz::demand_good_error(type);
  fuzz::demand(!type || oci::is_manifest(*type), "what a registry gives as a manifest is asked for as one");
  if (const auto json = oci::parse_json(text, "x"))
    fuzz::demand_good_error(oci::ImageConfig::from_json(*json, "x"));
  return 0;
}
