// SPDX-License-Identifier: Apache-2.0
// What fuzz targets share. A target is one function over bytes that libFuzzer chooses; it ends by a sanitizer's report
// or by demand().
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kif::fuzz {

/// Ends the run as a finding where something does not hold that must hold for every input.
inline void demand(bool holds, std::string_view what) {
  if (holds)
    return;
  std::fprintf(stderr, "kif: fuzz: does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

template <class T> void demand_no_bug(const Result<T>& result) {
  demand(result || result.error().code != ErrorCode::internal, "no input makes an internal error");
}

/// An error that people can act on: a refusal has its reason, and never is a bug of kif's own.
template <class T> void demand_good_error(const Result<T>& result) {
  demand_no_bug(result);
  if (!result)
    demand(result.error().message.starts_with("cannot "), "an error says what could not be done");
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// `text` cut at its first `count` − 1 newlines.
inline std::vector<std::string_view> cut(std::string_view text, std::size_t count) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < count) {
    const std::size_t newline = text.find('\n');
    parts.push_back(text.substr(0, newline));
    text = newline == std::string_view::npos ? std::string_view() : text.substr(newline + 1);
  }
  parts.push_back(text);
  return parts;
}

} // namespace kif::fuzz

/// The function itself, which each target defines below.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
