// SPDX-License-Identifier: Apache-2.0
#include "facts/yaml_tree.h"

#include <algorithm>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/nearest_name.h"
#include "base/quote.h"

namespace kif::facts {
namespace {

std::string_view to_string(YamlNode::Kind kind) noexcept {
  switch (kind) {
  case YamlNode::Kind::nothing:
    return "nothing";
  case YamlNode::Kind::text:
    return "text";
  case YamlNode::Kind::list:
    return "a list";
  case YamlNode::Kind::map:
    return "a map";
  }
  return "nothing";
}

// Builds the tree from the parser's events, which come without aliases resolved. After the first error it lets the rest
// pass: the text is bounded, and an exception would have to cross the parser.
class TreeMaker final : public YAML::EventHandler {
public:
  explicit TreeMaker(std::string file) : m_file(std::move(file)) {}

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(made(mark, "", anchor, YamlNode::Kind::nothing));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse(made(mark, "", 0, YamlNode::Kind::nothing), "aliases are not accepted; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = made(mark, tag, anchor, YamlNode::Kind::text);
    node.text = value;
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(made(mark, tag, anchor, YamlNode::Kind::list));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(made(mark, tag, anchor, YamlNode::Kind::map));
  }
  void OnMapEnd() override { close(); }

  const std::optional<Error>& error() const noexcept { return m_error; }
  const YamlNode& root() const noexcept { return m_root; }

private:
  YamlNode made(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = static_cast<std::size_t>(std::max(mark.line, 0)) + 1;
    node.column = static_cast<std::size_t>(std::max(mark.column, 0)) + 1;
    if (anchor != 0)
      refuse(node, "anchors are not accepted; write the value out in each place");
    if (!tag.empty() && tag != "?" && tag != "!") // those two stand for none: plain text, and text in quotation marks
      refuse(node, "tags are not accepted: " + in_quotes(tag));
    if (++m_values > k_max_yaml_values)
      refuse(node, "too many values", ErrorCode::too_large);
    return node;
  }

  void refuse(const YamlNode& node, const std::string& reason, ErrorCode code = ErrorCode::invalid_input) {
    if (m_error)
      return;
    m_error = cannot_read(m_file, node, reason);
    m_error->code = code;
  }

  void add(YamlNode node) {
    if (m_error)
      return;
    if (m_open.empty()) {
      m_root = std::move(node);
      return;
    }
    YamlNode& parent = m_open.back();
    if (parent.kind == YamlNode::Kind::map && parent.keys.size() == parent.values.size())
      return add_key(parent, std::move(node));
    if (parent.kind == YamlNode::Kind::map && node.kind == YamlNode::Kind::nothing) { // the parser points behind it
      node.line = parent.keys.back().line;
      node.column = parent.keys.back().column;
    }
    parent.values.push_back(std::move(node));
  }

  void add_key(YamlNode& map, YamlNode key) {
    if (key.kind != YamlNode::Kind::text)
      return refuse(key, "a key must be text");
    const auto before = std::ranges::find(map.keys, key.text, &YamlNode::text);
    if (before != map.keys.end())
      return refuse(key, "key " + in_quotes(key.text) + " appears twice in one map, first in line " +
                             std::to_string(before->line));
    map.keys.push_back(std::move(key));
  }

  void open(YamlNode node) {
    if (m_open.size() >= k_max_yaml_depth)
      refuse(node, "nested deeper than " + std::to_string(k_max_yaml_depth), ErrorCode::too_large);
    if (!m_error)
      m_open.push_back(std::move(node));
  }

  void close() {
    if (m_error)
      return;
    YamlNode node = std::move(m_open.back());
    m_open.pop_back();
    add(std::move(node));
  }

  std::string m_file;
  std::vector<YamlNode> m_open;
  YamlNode m_root;
  std::size_t m_values = 0;
  std::optional<Error> m_error;
};

} // namespace

std::string place(const std::string& file, const YamlNode& node) {
  return file + ":" + std::to_string(node.line) + ":" + std::to_string(node.column);
}

Error cannot_read(const std::string& file, const YamlNode& node, const std::string& reason) {
  return Error(ErrorCode::invalid_input, "cannot read " + place(file, node) + ": " + reason);
}

Result<YamlNode> parse_yaml(std::string_view text, const std::string& file) {
  if (text.size() > k_max_yaml_bytes)
    return fail(Error(ErrorCode::too_large, "cannot read " + file + ": it is too large")
                    .with_mismatch("at most " + std::to_string(k_max_yaml_bytes) + " bytes",
                                   std::to_string(text.size()) + " bytes"));
  TreeMaker maker(file);
  try {
    // yaml-cpp misses that a quotation mark is never closed where a line end is the last thing before the end.
    std::istringstream stream{std::string(text.substr(0, text.find_last_not_of(" \t\r\n") + 1))};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(maker))
      return fail(ErrorCode::invalid_input, "cannot read " + file + ": it is empty");
    TreeMaker behind(file);
    if (!maker.error() && parser.HandleNextDocument(behind))
      return fail(cannot_read(file, behind.root(), "a second document in one file"));
  } catch (const YAML::Exception& error) { // not well-formed; yaml-cpp bounds its own depth with one, too
    if (maker.error())
      return fail(*maker.error());
    YamlNode at;
    at.line = static_cast<std::size_t>(std::max(error.mark.line, 0)) + 1;
    at.column = static_cast<std::size_t>(std::max(error.mark.column, 0)) + 1;
    return fail(cannot_read(file, at, "not YAML: " + shortened(error.msg)));
  }
  if (maker.error())
    return fail(*maker.error());
  return maker.root();
}

Result<YamlMap> YamlMap::of(const YamlNode& node, const std::string& file, std::string what,
                            std::initializer_list<std::string_view> known) {
  if (node.kind != YamlNode::Kind::map)
    return fail(cannot_read(file, node, what + " is a map of keys and values")
                    .with_mismatch("a map", std::string(to_string(node.kind))));
  for (const YamlNode& key : node.keys) {
    if (std::ranges::find(known, std::string_view(key.text)) != known.end())
      continue;
    const auto nearest = nearest_name(key.text, {known.begin(), known.end()});
    std::string all;
    for (const std::string_view name : known)
      all += (all.empty() ? "" : ", ") + std::string(name);
    return fail(cannot_read(file, key, "unknown key " + in_quotes(key.text) + " in " + what)
                    .with_hint(nearest ? "did you mean \"" + *nearest + "\"?" : "its keys are " + all));
  }
  return YamlMap(node, file, std::move(what));
}

const YamlNode* YamlMap::find(std::string_view key) const noexcept {
  const auto found = std::ranges::find(m_node->keys, key, &YamlNode::text);
  return found == m_node->keys.end() ? nullptr
                                     : &m_node->values[static_cast<std::size_t>(found - m_node->keys.begin())];
}

Error YamlMap::error_at(std::string_view key, const std::string& reason) const {
  const YamlNode* value = find(key);
  return cannot_read(m_file, value != nullptr ? *value : *m_node, reason);
}

Error YamlMap::missing(std::string_view key) const {
  return cannot_read(m_file, *m_node, m_what + " needs the key \"" + std::string(key) + "\"");
}

Result<std::string> YamlMap::text_of(std::string_view key, const YamlNode& node) const {
  const std::string quoted = "\"" + std::string(key) + "\"";
  if (node.kind == YamlNode::Kind::nothing || (node.kind == YamlNode::Kind::text && node.text.empty()))
    return fail(cannot_read(m_file, node, quoted + " has no value"));
  if (node.kind != YamlNode::Kind::text)
    return fail(
        cannot_read(m_file, node, quoted + " must be a text").with_mismatch("text", std::string(to_string(node.kind))));
  // What is read here is printed, on terminals too; YAML's escapes could bring anything.
  if (std::ranges::any_of(node.text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; }))
    return fail(cannot_read(m_file, node, quoted + " holds a line break or another control character"));
  return node.text;
}

Result<std::string> YamlMap::text(std::string_view key) const {
  const YamlNode* value = find(key);
  if (value == nullptr)
    return fail(missing(key));
  return text_of(key, *value);
}

Result<std::string> YamlMap::optional_text(std::string_view key) const {
  return has(key) ? text(key) : Result<std::string>(std::string());
}

Result<Date> YamlMap::date(std::string_view key) const {
  KIF_TRY(const std::string written, text(key));
  auto date = parse_date(written);
  if (!date)
    return fail(error_at(key, "\"" + std::string(key) + "\" is not a date")
                    .with_mismatch(date.error().expected, date.error().got));
  return *date;
}

Result<std::optional<Date>> YamlMap::optional_date(std::string_view key) const {
  if (!has(key))
    return std::optional<Date>();
  KIF_TRY(const Date written, date(key));
  return std::optional(written);
}

Result<std::vector<const YamlNode*>> YamlMap::list(std::string_view key) const {
  std::vector<const YamlNode*> nodes;
  const YamlNode* value = find(key);
  if (value == nullptr)
    return nodes;
  if (value->kind != YamlNode::Kind::list)
    return fail(error_at(key, "\"" + std::string(key) + "\" is a list")
                    .with_mismatch("a list", std::string(to_string(value->kind))));
  for (const YamlNode& node : value->values)
    nodes.push_back(&node);
  return nodes;
}

Result<std::vector<std::string>> YamlMap::texts(std::string_view key) const {
  KIF_TRY(const auto nodes, list(key));
  std::vector<std::string> texts;
  for (const YamlNode* node : nodes) {
    KIF_TRY(std::string text, text_of(key, *node));
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<void> check_schema(const YamlMap& map, std::string_view schema) {
  KIF_TRY(const std::string written, map.text("schema"));
  if (written == schema)
    return {};
  Error error = map.error_at("schema", "unknown schema");
  error.code = ErrorCode::unsupported;
  return fail(std::move(error).with_mismatch(std::string(schema), shortened(written)));
}

} // namespace kif::facts
