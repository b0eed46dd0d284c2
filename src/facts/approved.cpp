// SPDX-License-Identifier: Apache-2.0
#include "facts/approved.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/file.h"
#include "base/nearest_name.h"
#include "base/quote.h"
#include "facts/yaml_tree.h"

namespace kif::facts {
namespace {

constexpr std::string_view k_schema = "kif.approved/1";

// Names and keys go into openssl.cnf, labels and command lines as they are.
bool is_plain(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Result<std::string> plain_text(const YamlMap& map, std::string_view key) {
  KIF_TRY(std::string text, map.text(key));
  if (!is_plain(text))
    return fail(
        map.error_at(key, in_quotes(key) + " is not a name").with_mismatch("letters, digits and hyphens", text));
  return text;
}

Result<std::vector<std::string>> plain_texts(const YamlMap& map, std::string_view key) {
  KIF_TRY(std::vector<std::string> texts, map.texts(key));
  for (const std::string& text : texts)
    if (!is_plain(text))
      return fail(map.error_at(key, in_quotes(key) + " holds something that is not a name")
                      .with_mismatch("letters, digits and hyphens", text));
  return texts;
}

Result<ReleaseLine> release_line(const YamlMap& map, std::string_view key) {
  KIF_TRY(const std::string text, map.text(key));
  const auto line = release_line_of(text);
  if (!line)
    return fail(
        map.error_at(key, in_quotes(key) + " is not a release of OpenSSL").with_mismatch("one such as '3.4'", text));
  return *line;
}

Result<bool> truth(const YamlMap& map, std::string_view key) {
  if (!map.has(key))
    return false;
  KIF_TRY(const std::string text, map.text(key));
  if (text != "true" && text != "false")
    return fail(map.error_at(key, in_quotes(key) + " must be true or false").with_mismatch("true or false", text));
  return text == "true";
}

Result<Feature> read_feature(const YamlNode& node, const std::string& file) {
  KIF_TRY(const YamlMap map, YamlMap::of(node, file, "a feature",
                                         {"name", "title", "algorithms", "guard", "before", "ciphers", "hybrid_groups",
                                          "effect_from", "effect_before", "source", "date"}));
  Feature feature;
  KIF_TRY(feature.name, plain_text(map, "name"));
  KIF_TRY(feature.title, map.text("title"));
  KIF_TRY(feature.algorithms, plain_texts(map, "algorithms"));
  KIF_TRY(feature.is_guarded, truth(map, "guard"));
  if (map.has("before")) {
    KIF_TRY(feature.before, release_line(map, "before"));
  }
  if (map.has("effect_from")) {
    KIF_TRY(feature.effect_from, release_line(map, "effect_from"));
  }
  if (map.has("effect_before")) {
    KIF_TRY(feature.effect_before, release_line(map, "effect_before"));
  }
  KIF_TRY(feature.ciphers, plain_texts(map, "ciphers"));
  KIF_TRY(feature.hybrid_groups, plain_texts(map, "hybrid_groups"));
  KIF_TRY(feature.source, map.text("source"));
  KIF_TRY(feature.date, map.date("date"));
  return feature;
}

Result<void> read_features(const YamlMap& map, ApprovedTable& table) {
  KIF_TRY(const auto nodes, map.list("features"));
  if (nodes.empty())
    return fail(map.missing("features"));
  for (const YamlNode* node : nodes) {
    KIF_TRY(Feature feature, read_feature(*node, map.file()));
    if (table.find(feature.name) != nullptr)
      return fail(cannot_read(map.file(), *node, "feature " + in_quotes(feature.name) + " appears twice"));
    table.features.push_back(std::move(feature));
  }
  return {};
}

Result<void> read_switches(const YamlMap& map, ApprovedTable& table) {
  KIF_TRY(const auto nodes, map.list("switches"));
  if (nodes.empty())
    return fail(map.missing("switches"));
  for (const YamlNode* node : nodes) {
    KIF_TRY(const YamlMap one, YamlMap::of(*node, map.file(), "a switch", {"key", "feature"}));
    Switch made;
    KIF_TRY(made.key, plain_text(one, "key"));
    KIF_TRY(made.feature, one.optional_text("feature"));
    if (!made.feature.empty() && table.find(made.feature) == nullptr)
      return fail(one.error_at("feature", "unknown feature " + in_quotes(made.feature)));
    if (std::ranges::find(table.switches, made.key, &Switch::key) != table.switches.end())
      return fail(one.error_at("key", "switch " + in_quotes(made.key) + " appears twice"));
    table.switches.push_back(std::move(made));
  }
  return {};
}

Result<void> read_tls(const YamlMap& map, ApprovedTable& table) {
  const YamlNode* node = map.find("tls");
  if (node == nullptr)
    return fail(map.missing("tls"));
  KIF_TRY(const YamlMap tls,
          YamlMap::of(*node, map.file(), "what TLS is held to", {"ciphers", "groups", "hybrid_groups"}));
  KIF_TRY(table.ciphers, plain_texts(tls, "ciphers"));
  KIF_TRY(table.groups, plain_texts(tls, "groups"));
  KIF_TRY(table.hybrid_groups, plain_texts(tls, "hybrid_groups"));
  if (table.ciphers.empty())
    return fail(tls.missing("ciphers"));
  if (table.groups.empty())
    return fail(tls.missing("groups"));
  return {};
}

Result<void> read_post_quantum(const YamlMap& map, ApprovedTable& table) {
  const YamlNode* node = map.find("post_quantum");
  if (node == nullptr)
    return fail(map.missing("post_quantum"));
  KIF_TRY(const YamlMap post_quantum,
          YamlMap::of(*node, map.file(), "what counts of post-quantum algorithms", {"certificates", "source", "date"}));
  KIF_TRY(table.post_quantum.certificates, post_quantum.texts("certificates"));
  KIF_TRY(table.post_quantum.source, post_quantum.text("source"));
  KIF_TRY(table.post_quantum.date, post_quantum.date("date"));
  return {};
}

Result<void> check_known(const ApprovedTable& table, const std::string& name) {
  if (table.find(name) != nullptr)
    return {};
  std::vector<std::string> known;
  std::string all;
  for (const Feature& feature : table.features) {
    known.push_back(feature.name);
    all += (all.empty() ? "" : ", ") + feature.name;
  }
  const auto nearest = nearest_name(name, known);
  return fail(Error(ErrorCode::invalid_input, "unknown feature " + in_quotes(name) + " in --compat")
                  .with_hint(nearest ? "did you mean " + *nearest + "?" : "the features are " + all));
}

} // namespace

std::optional<ReleaseLine> release_line_of(std::string_view version) noexcept {
  ReleaseLine line;
  const char* end = version.data() + version.size();
  const auto major = std::from_chars(version.data(), end, line.major);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.')
    return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, line.minor);
  if (minor.ec != std::errc() || (minor.ptr != end && *minor.ptr != '.'))
    return std::nullopt;
  return line;
}

std::string PostQuantum::describe() const {
  std::string names;
  for (const std::string& certificate : certificates)
    names += (names.empty() ? "" : ", ") + certificate;
  return "ML-KEM, ML-DSA and SLH-DSA count as approved under " +
         (names.empty() ? "no certificate that is known" : names) + " (" + source + ", " + to_string(date) + ")";
}

const Feature* ApprovedTable::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(features, name, &Feature::name);
  return found == features.end() ? nullptr : &*found;
}

Result<ApprovedTable> parse_approved(std::string_view text, const std::string& file) {
  KIF_TRY(const YamlNode root, parse_yaml(text, file));
  KIF_TRY(const YamlMap map, YamlMap::of(root, file, "a table of approved settings",
                                         {"schema", "switches", "features", "tls", "post_quantum"}));
  KIF_CHECK(check_schema(map, k_schema));
  ApprovedTable table;
  KIF_CHECK(read_features(map, table));
  KIF_CHECK(read_switches(map, table));
  KIF_CHECK(read_tls(map, table));
  KIF_CHECK(read_post_quantum(map, table));
  return table;
}

Result<ApprovedTable> read_approved(const std::filesystem::path& file) {
  KIF_TRY(const std::string text, read_file(file, k_max_yaml_bytes));
  return parse_approved(text, file.string());
}

Result<std::vector<std::string>> choose_features(const ApprovedTable& table, const std::vector<std::string>& names) {
  std::vector<std::string> asked;
  for (std::string_view rest : names)
    for (;;) {
      const std::size_t end = rest.find(',');
      asked.emplace_back(trimmed(rest.substr(0, end), " "));
      KIF_CHECK(check_known(table, asked.back()));
      if (end == std::string_view::npos)
        break;
      rest.remove_prefix(end + 1);
    }
  std::vector<std::string> chosen;
  for (const Feature& feature : table.features)
    if (std::ranges::find(asked, feature.name) != asked.end())
      chosen.push_back(feature.name);
  return chosen;
}

} // namespace kif::facts
