// SPDX-License-Identifier: Apache-2.0
#include "sbom/purl.h"

#include <algorithm>

#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const auto purl = sbom::Purl::parse(fuzz::text_of(data, size));
  fuzz::demand_good_error(purl);
  if (!purl)
    return 0;
  const auto has_control = [](std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  };
  fuzz::demand(!purl->name.empty() && !purl->type.empty(), "a package URL has type and name");
  fuzz::demand(!has_control(purl->name) && !has_control(purl->version) && !has_control(purl->name_space),
               "no part holds a control character");
  for (const auto& [key, value] : purl->qualifiers)
    fuzz::demand(purl->qualifier(key) == value && !value.empty(), "each key stands there once, with a value");
  return 0;
}
