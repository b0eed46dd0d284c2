// SPDX-License-Identifier: Apache-2.0
// JSON out of images, which whoever made the image chose: bounded, and read the same way by every reader or not at all.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace kif::oci {

/// The image-spec has clients expect manifests of up to 4 MiB (distribution-spec, "Pushing Manifests"); kif holds
/// configurations to it too.
inline constexpr std::uint64_t k_max_json_bytes = std::uint64_t{4} * 1024 * 1024;
/// Real manifests and configurations are 6 deep.
inline constexpr std::size_t k_max_json_depth = 64;
/// Values of all kinds in one document: keeps 4 MiB of "[[],[],…" from becoming 100 MB of memory.
inline constexpr std::size_t k_max_json_values = 200'000;

struct JsonBounds {
  std::uint64_t max_bytes = k_max_json_bytes;
  std::size_t max_depth = k_max_json_depth;
  std::size_t max_values = k_max_json_values;
};

/// One whole document within the bounds, no key twice in one object (readers differ in which one counts). `where` names
/// it in errors, which read "cannot read WHERE: …".
Result<nlohmann::json> parse_json(std::string_view text, const std::string& where, const JsonBounds& bounds = {});

/// The document as text that kif writes: no white space, keys in byte order. Fails where a string is not UTF-8.
Result<std::string> write_json(const nlohmann::json& json, const std::string& where);

/// Typed reading of one object's members. null counts as absent: Go writes it for empty lists. Within a list of strings
/// or a map of them it is the empty string, as Go reads it.
class JsonObject {
public:
  /// Fails where `json` is not an object, or has two members that differ only in case: Go's reader takes them for the
  /// same one. `path` is its place in the document, "" at the top, and stands in front of member names in errors.
  static Result<JsonObject> of(const nlohmann::json& json, const std::string& where, const std::string& path = "");

  const nlohmann::json* find(const std::string& key) const;
  Result<std::string> string(const std::string& key) const;                            ///< required, not empty
  Result<std::string> optional_string(const std::string& key) const;                   ///< "" where absent
  Result<std::uint64_t> size(const std::string& key) const;                            ///< required, 0 or more
  Result<std::vector<std::string>> strings(const std::string& key) const;              ///< empty where absent
  Result<std::map<std::string, std::string>> string_map(const std::string& key) const; ///< empty where absent
  Result<JsonObject> object(const std::string& key) const;                             ///< required
  Result<std::optional<JsonObject>> optional_object(const std::string& key) const;
  Result<std::vector<JsonObject>> objects(const std::string& key) const; ///< required list of objects

  /// "config.size" for member size of the object at config.
  std::string path_of(const std::string& key) const { return m_path.empty() ? key : m_path + "." + key; }
  const nlohmann::json& value() const noexcept { return *m_json; }
  const std::string& where() const noexcept { return m_where; }

private:
  JsonObject(const nlohmann::json& json, std::string where, std::string path)
      : m_json(&json), m_where(std::move(where)), m_path(std::move(path)) {}
  Error wrong_type(const std::string& path, const std::string& wanted, const nlohmann::json& got) const;
  Error missing(const std::string& key) const;

  const nlohmann::json* m_json;
  std::string m_where;
  std::string m_path;
};

} // namespace kif::oci
