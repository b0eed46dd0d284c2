// SPDX-License-Identifier: Apache-2.0
// Manifests of what is attached to images, and the subject that each names.
#include "oci/artifact.h"

#include <string>

#include "oci/media_type.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view text = fuzz::text_of(data, size);
  for (const std::string_view type : {oci::k_oci_manifest, oci::k_docker_manifest}) {
    const auto artifact = oci::Artifact::parse(text, std::string(type), "x");
    fuzz::demand_good_error(artifact);
    const auto subject = oci::subject_of(text, "x");
    fuzz::demand_good_error(subject);
    if (artifact && subject)
      fuzz::demand(artifact->subject.has_value() == subject->has_value(), "both readers find the same subject");
  }
  return 0;
}
