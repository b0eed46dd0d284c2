// SPDX-License-Identifier: Apache-2.0
#include "oci/image_name.h"

#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view text = fuzz::text_of(data, size);
  const auto name = oci::ImageName::parse(text);
  fuzz::demand_no_bug(name);
  if (name) {
    const auto again = oci::ImageName::parse(name->text());
    fuzz::demand(again && *again == *name, "a name's text is read as the same name");
  }
  const auto reference = oci::normalize_docker_reference(text);
  if (reference) {
    const auto again = oci::normalize_docker_reference(*reference);
    fuzz::demand(again && *again == *reference, "what is normal stays as it is");
  }
  return 0;
}
