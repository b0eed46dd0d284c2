// SPDX-License-Identifier: Apache-2.0
// The fields of HTTP headers that registries speak in. Whoever runs the registry chose every byte of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kif::oci {

/// One way to log in (RFC 9110 §11.6.1).
struct Challenge {
  std::string scheme;                            ///< lower case: "bearer", "basic"
  std::map<std::string, std::string> parameters; ///< names in lower case
};

/// The value of one WWW-Authenticate field, which may hold several challenges.
Result<std::vector<Challenge>> parse_challenges(std::string_view field);

/// The target of the link with relation "next" in a Link field (RFC 8288 §3); none where there is no such link.
Result<std::optional<std::string>> parse_next_link(std::string_view field);

struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::optional<std::uint64_t> size; ///< of the whole; none for *

  friend bool operator==(const ContentRange&, const ContentRange&) = default;
};

/// "bytes 5-9/10" (RFC 9110 §14.4); none where it is anything else, or contradicts itself.
std::optional<ContentRange> parse_content_range(std::string_view field);

/// How long Retry-After asks to wait: seconds, or a date seen from `now` (RFC 9110 §10.2.3); none where it is neither.
std::optional<std::chrono::seconds> parse_retry_after(const std::string& field,
                                                      std::chrono::system_clock::time_point now);

} // namespace kif::oci
