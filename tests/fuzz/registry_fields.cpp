// SPDX-License-Identifier: Apache-2.0
// What a registry says in header fields, and what a login file holds.
#include "registry/credentials.h"
#include "registry/header_fields.h"
#include "registry/http.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto challenges = oci::parse_challenges(text); challenges)
    for (const oci::Challenge& challenge : *challenges)
      fuzz::demand(!challenge.scheme.empty(), "a challenge has a scheme");
  if (const auto link = oci::parse_next_link(text); link)
    fuzz::demand(!*link || (*link)->size() <= size, "a link's target is part of the field");
  if (const auto range = oci::parse_content_range(text); range)
    fuzz::demand(range->first <= range->last && (!range->size || range->last < *range->size),
                 "a range lies in its whole");
  oci::HttpResponse response;
  response.headers = {{"content-length", std::string(text)}};
  if (const auto length = response.content_length(); length && !text.starts_with('0'))
    fuzz::demand(std::to_string(*length) == text, "a length is a number and nothing else");
  (void)oci::parse_retry_after(std::string(text), std::chrono::system_clock::time_point());
  fuzz::demand_no_bug(oci::AuthFile::parse(text, "x"));
  return 0;
}
