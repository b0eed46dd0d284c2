// SPDX-License-Identifier: Apache-2.0
#include "oci/json.h"

#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const auto json = oci::parse_json(fuzz::text_of(data, size), "x");
  fuzz::demand_good_error(json);
  if (!json)
    return 0;
  const auto text = oci::write_json(*json, "x");
  fuzz::demand(text.has_value(), "what was read can be written");
  const auto again = oci::parse_json(*text, "x");
  fuzz::demand(again && *again == *json, "what was written is read as the same");
  if (const auto object = oci::JsonObject::of(*json, "x"))
    for (const auto& [name, value] : json->items()) {
      fuzz::demand_good_error(object->string(name));
      fuzz::demand_good_error(object->size(name));
      fuzz::demand_good_error(object->strings(name));
      fuzz::demand_good_error(object->string_map(name));
      fuzz::demand_good_error(object->objects(name));
    }
  return 0;
}
