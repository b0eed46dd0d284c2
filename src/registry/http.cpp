// SPDX-License-Identifier: Apache-2.0
#include "registry/http.h"

#include <array>
#include <charconv>

namespace kif::oci {

std::vector<std::string> HttpResponse::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [header_name, value] : headers)
    if (header_name == name)
      values.push_back(value);
  return values;
}

std::string HttpResponse::header(std::string_view name) const {
  const auto values = all(name);
  return values.empty() ? std::string() : values.back();
}

std::optional<std::uint64_t> HttpResponse::content_length() const {
  const std::string text = header("content-length");
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                                   : std::nullopt;
}

void finish_body(HttpResponse& response) {
  constexpr std::uint64_t k_worthwhile_bytes = 16 * 1024; // more than that takes longer than a new connection
  const auto length = response.content_length();
  if (!length || *length > k_worthwhile_bytes)
    return;
  std::array<std::byte, 4096> buffer{};
  for (auto count = response.body->read(buffer); count && *count > 0;)
    count = response.body->read(buffer);
}

} // namespace kif::oci
