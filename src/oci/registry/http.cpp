// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/http.h"

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

} // namespace kif::oci
