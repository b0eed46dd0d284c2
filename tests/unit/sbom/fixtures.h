// SPDX-License-Identifier: Apache-2.0
// Documents of tests/fixtures/sbom, and changes to them.
#pragma once

#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "sbom/reading/read.h"
#include "shown.h"

namespace kif::sbom {

inline std::string fixture(const std::string& name) {
  auto text = read_file(std::string(KIF_SBOM_FIXTURES) + "/" + name, k_max_document_bytes);
  if (!text)
    throw std::runtime_error(text.error().message);
  return *text;
}

/// The one document in a fixture or text.
inline ReadDocument only_document(const std::string& text, const ReadOptions& options = {}) {
  auto readings = read_documents(text, "x", options);
  if (!readings || readings->documents.size() != 1)
    throw std::runtime_error("not one document: " + refusal(readings));
  return std::move(readings->documents.front());
}

/// The document with the value at `pointer` (RFC 6901) replaced; a discarded value removes it.
inline std::string with(const std::string& text, const std::string& pointer, const nlohmann::json& value) {
  auto json = nlohmann::json::parse(text);
  const nlohmann::json::json_pointer place(pointer);
  auto& parent = json[place.parent_pointer()];
  if (value.is_discarded())
    parent.erase(place.back());
  else
    json[place] = value;
  return json.dump();
}
inline std::string without(const std::string& text, const std::string& pointer) {
  return with(text, pointer, nlohmann::json(nlohmann::json::value_t::discarded));
}

} // namespace kif::sbom
