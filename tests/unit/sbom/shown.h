// SPDX-License-Identifier: Apache-2.0
// Documents and refusals as text, for tests to compare.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sbom/document.h"

namespace kif::sbom {

/// "NAME VERSION ECOSYSTEM ARCHITECTURE" of each package; - for what is empty.
inline std::vector<std::string> shown(const Document& document) {
  const auto or_dash = [](const std::string& text) { return text.empty() ? std::string("-") : text; };
  std::vector<std::string> result;
  for (const Package& package : document.packages)
    result.push_back(or_dash(package.name) + " " + or_dash(package.version) + " " +
                     std::string(to_string(package.ecosystem)) + " " + or_dash(package.architecture) +
                     (package.presence == Presence::installed ? "" : " " + std::string(to_string(package.presence))));
  return result;
}

/// "CODE: MESSAGE" with the lines that stand below it.
template <class T> std::string refusal(const Result<T>& result) {
  if (result)
    return "it was read";
  const Error& error = result.error();
  return std::string(to_string(error.code)) + ": " + error.message +
         (error.expected.empty() ? "" : "; expected " + error.expected) +
         (error.got.empty() ? "" : "; got " + error.got) + (error.hint.empty() ? "" : "; hint: " + error.hint);
}

} // namespace kif::sbom
