// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "base/file.h"
#include "facts/yaml_tree.h"
#include "verify/rules/rule.h"
#include "verify/rules/version_order.h"

namespace kif::verify {
namespace {

using facts::cannot_read;
using facts::check_schema;
using facts::YamlMap;
using facts::YamlNode;

constexpr std::string_view k_schema = "kif.rules/1";
constexpr std::size_t k_longest_id = 64;

bool is_id(std::string_view text, char first_letter, char last_letter) noexcept {
  return text.size() <= k_longest_id && std::ranges::all_of(text, [=](char c) {
           return (c >= first_letter && c <= last_letter) || (c >= '0' && c <= '9') || c == '-';
         });
}

// Names of packages are printable ASCII without blanks in all three ecosystems; anything else in a rule is a slip.
Result<std::string> read_package_name(const YamlMap& map, std::string_view key) {
  KIF_TRY(std::string name, map.text(key));
  if (!std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7F'; }))
    return fail(map.error_at(key, "\"" + std::string(key) + "\" is not the name of a package")
                    .with_mismatch("printable characters without blanks", name));
  return name;
}

Result<sbom::Ecosystem> read_ecosystem(const YamlMap& map) {
  KIF_TRY(const std::string text, map.text("ecosystem"));
  for (const auto ecosystem : {sbom::Ecosystem::apk, sbom::Ecosystem::deb, sbom::Ecosystem::rpm})
    if (text == sbom::to_string(ecosystem))
      return ecosystem;
  return fail(map.error_at("ecosystem", "unknown ecosystem").with_mismatch("apk, deb or rpm", text));
}

constexpr std::array<std::pair<std::string_view, NamePattern::NameMatch>, 4> k_matches = {
    {{"name", NamePattern::NameMatch::exact},
     {"contains", NamePattern::NameMatch::contains},
     {"prefix", NamePattern::NameMatch::prefix},
     {"suffix", NamePattern::NameMatch::suffix}}};

Result<NamePattern> read_pattern(const YamlMap& map) {
  NamePattern pattern;
  std::size_t given = 0;
  for (const auto& [key, match] : k_matches) {
    if (!map.has(key))
      continue;
    ++given;
    pattern.match = match;
    KIF_TRY(pattern.text, read_package_name(map, key));
  }
  if (given != 1)
    return fail(
        cannot_read(map.file(), map.node(), "one of \"name\", \"contains\", \"prefix\" and \"suffix\" is needed")
            .with_mismatch("one", std::to_string(given)));
  return pattern;
}

Result<RequiredPackage> read_required(const YamlNode& node, const std::string& file, sbom::Ecosystem ecosystem) {
  KIF_TRY(const YamlMap map, YamlMap::of(node, file, "a required package", {"name", "minimum"}));
  RequiredPackage package;
  KIF_TRY(package.name, read_package_name(map, "name"));
  KIF_TRY(package.minimum, map.text("minimum"));
  if (auto checked = check_version(ecosystem, package.minimum); !checked) {
    Error error = map.error_at("minimum", checked.error().message);
    return fail(std::move(error).with_mismatch(checked.error().expected, checked.error().got));
  }
  return package;
}

Result<ExcludedName> read_excluded(const YamlNode& node, const std::string& file) {
  KIF_TRY(const YamlMap map,
          YamlMap::of(node, file, "an excluded name", {"name", "contains", "prefix", "suffix", "reason"}));
  ExcludedName excluded;
  KIF_TRY(excluded.name, read_pattern(map));
  KIF_TRY(excluded.reason, map.optional_text("reason"));
  return excluded;
}

Result<Indicator> read_indicator(const YamlNode& node, const std::string& file) {
  KIF_TRY(const YamlMap map, YamlMap::of(node, file, "an indicator", {"prefix", "means"}));
  Indicator indicator;
  KIF_TRY(indicator.prefix, read_package_name(map, "prefix"));
  KIF_TRY(const std::string means, map.text("means"));
  if (means == "cmvp")
    indicator.means = Indicator::Means::cmvp;
  else if (means == "esv")
    indicator.means = Indicator::Means::esv;
  else if (means == "module-in-process")
    indicator.means = Indicator::Means::module_in_process;
  else
    return fail(map.error_at("means", "unknown meaning").with_mismatch("cmvp, esv or module-in-process", means));
  return indicator;
}

Result<KernelWorkload> read_workload(const YamlNode& node, const std::string& file) {
  KIF_TRY(const YamlMap map, YamlMap::of(node, file, "a workload", {"id", "title", "needs", "packages"}));
  KernelWorkload workload;
  KIF_TRY(workload.id, map.text("id"));
  if (!is_id(workload.id, 'A', 'Z'))
    return fail(map.error_at("id", "\"id\" of a workload").with_mismatch("at most 64 of A-Z, 0-9 and -", workload.id));
  KIF_TRY(workload.title, map.text("title"));
  KIF_TRY(workload.needs, map.text("needs"));
  KIF_TRY(const auto nodes, map.list("packages"));
  for (const YamlNode* one : nodes) {
    KIF_TRY(const YamlMap packages,
            YamlMap::of(*one, file, "a package of a workload", {"ecosystem", "name", "contains", "prefix", "suffix"}));
    KernelWorkload::Packages entry;
    KIF_TRY(entry.ecosystem, read_ecosystem(packages));
    KIF_TRY(entry.name, read_pattern(packages));
    workload.packages.push_back(std::move(entry));
  }
  if (workload.packages.empty())
    return fail(map.missing("packages"));
  return workload;
}

Result<void> read_head(const YamlMap& map, Rule& rule) {
  KIF_CHECK(check_schema(map, k_schema));
  KIF_TRY(rule.id, map.text("id"));
  if (!is_id(rule.id, 'a', 'z'))
    return fail(map.error_at("id", "\"id\" of a rule").with_mismatch("at most 64 of a-z, 0-9 and -", rule.id));
  KIF_TRY(rule.title, map.text("title"));
  KIF_TRY(rule.source, map.text("source"));
  KIF_TRY(rule.date, map.date("date"));
  KIF_TRY(rule.built_from, map.optional_date("built_from"));
  if (map.has("required") || map.has("excluded") || map.has("ecosystem")) {
    KIF_TRY(rule.ecosystem, read_ecosystem(map));
  }
  return {};
}

// One list of the file, each entry by `read`.
template <class T, class Read> Result<std::vector<T>> read_list(const YamlMap& map, std::string_view key, Read read) {
  KIF_TRY(const auto nodes, map.list(key));
  std::vector<T> entries;
  for (const YamlNode* node : nodes) {
    KIF_TRY(T entry, read(*node));
    entries.push_back(std::move(entry));
  }
  return entries;
}

} // namespace

Result<Rule> parse_rule(std::string_view text, const std::string& file) {
  KIF_TRY(const YamlNode root, facts::parse_yaml(text, file));
  KIF_TRY(const YamlMap map, YamlMap::of(root, file, "a rules file",
                                         {"schema", "id", "title", "source", "date", "ecosystem", "built_from",
                                          "required", "excluded", "indicators", "workloads"}));
  Rule rule;
  KIF_CHECK(read_head(map, rule));
  KIF_TRY(rule.required, read_list<RequiredPackage>(map, "required", [&](const YamlNode& node) {
            return read_required(node, file, rule.ecosystem);
          }));
  KIF_TRY(rule.excluded,
          read_list<ExcludedName>(map, "excluded", [&](const YamlNode& node) { return read_excluded(node, file); }));
  KIF_TRY(rule.indicators,
          read_list<Indicator>(map, "indicators", [&](const YamlNode& node) { return read_indicator(node, file); }));
  KIF_TRY(rule.workloads,
          read_list<KernelWorkload>(map, "workloads", [&](const YamlNode& node) { return read_workload(node, file); }));
  if (rule.required.empty() && (map.has("required") || rule.workloads.empty()))
    return fail(map.error_at("required", "it requires no package, and names no workload"));
  // A rule that requires nothing would be met by everything; so what belongs to one has no place in a list of
  // workloads.
  if (rule.required.empty())
    for (const std::string_view key : {"excluded", "indicators", "built_from"})
      if (map.has(key))
        return fail(map.error_at(key, std::string(key) + " is in a file that requires no package"));
  return rule;
}

Result<Rule> read_rule(const std::filesystem::path& file) {
  KIF_TRY(const std::string text, read_file(file, facts::k_max_yaml_bytes));
  return parse_rule(text, file.string());
}

} // namespace kif::verify
