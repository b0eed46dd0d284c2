// SPDX-License-Identifier: Apache-2.0
// YAML that a person wrote, as a tree in which each value knows its line and column, and typed reading of its maps.
// Only what such a file needs: text, lists, maps. Anchors, aliases, tags and several documents in one file are refused,
// so that no small file becomes a large tree, and what is read is what stands there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "facts/date.h"

namespace kif::facts {

inline constexpr std::uint64_t k_max_yaml_bytes = std::uint64_t{1024} * 1024;
inline constexpr std::size_t k_max_yaml_depth = 16; ///< kif's own files are 5 deep
/// Values of all kinds, keys too. Looking for a key twice is quadratic in one map; within this it takes milliseconds.
inline constexpr std::size_t k_max_yaml_values = 10'000;

struct YamlNode {
  enum class Kind { nothing, text, list, map };

  Kind kind = Kind::nothing;
  std::size_t line = 0; ///< from 1
  std::size_t column = 0;
  std::string text;
  std::vector<YamlNode> keys;   ///< of a map: texts, each once
  std::vector<YamlNode> values; ///< of a list, or of a map in the order of its keys
};

/// "FILE:LINE:COLUMN", as compilers write it.
std::string place(const std::string& file, const YamlNode& node);

/// "cannot read FILE:LINE:COLUMN: REASON".
Error cannot_read(const std::string& file, const YamlNode& node, const std::string& reason);

/// The one document in `text`. `file` names it in errors, which read "cannot read FILE:LINE:COLUMN: …".
Result<YamlNode> parse_yaml(std::string_view text, const std::string& file);

/// Typed reading of one map whose keys are known. An empty value counts as forgotten, and is refused.
class YamlMap {
public:
  /// `what` names the map in errors: "a required package". Fails at a key that is not among `known`, with the nearest
  /// known one.
  static Result<YamlMap> of(const YamlNode& node, const std::string& file, std::string what,
                            std::initializer_list<std::string_view> known);

  const YamlNode* find(std::string_view key) const noexcept;
  bool has(std::string_view key) const noexcept { return find(key) != nullptr; }
  Result<std::string> text(std::string_view key) const;          ///< required, not empty, without control characters
  Result<std::string> optional_text(std::string_view key) const; ///< "" where absent
  Result<Date> date(std::string_view key) const;                 ///< required
  Result<std::optional<Date>> optional_date(std::string_view key) const;
  /// The values of a list; empty where absent.
  Result<std::vector<const YamlNode*>> list(std::string_view key) const;
  /// The texts of a list; empty where absent.
  Result<std::vector<std::string>> texts(std::string_view key) const;

  const YamlNode& node() const noexcept { return *m_node; }
  const std::string& file() const noexcept { return m_file; }
  /// An error at the value of `key`, or at the map where it has none.
  Error error_at(std::string_view key, const std::string& reason) const;
  Error missing(std::string_view key) const;

private:
  YamlMap(const YamlNode& node, std::string file, std::string what)
      : m_node(&node), m_file(std::move(file)), m_what(std::move(what)) {}
  Result<std::string> text_of(std::string_view key, const YamlNode& node) const;

  const YamlNode* m_node;
  std::string m_file;
  std::string m_what;
};

/// Whether the file's "schema" is the one that kif reads; unsupported where it is another.
Result<void> check_schema(const YamlMap& map, std::string_view schema);

} // namespace kif::facts
