// SPDX-License-Identifier: Apache-2.0
#include "verify/stock_config.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/ascii.h"
#include "verify/subject.h"

namespace kif::verify {
namespace {

struct Line {
  std::string_view key; ///< empty: a comment or nothing
  std::string_view value;
};

struct Section {
  std::string_view name; ///< empty: before the first heading
  std::vector<Line> lines;

  std::optional<std::string_view> find(std::string_view key) const {
    const auto found = std::ranges::find(lines, key, &Line::key);
    return found == lines.end() ? std::nullopt : std::optional(found->value);
  }
};

std::vector<Section> parse(std::string_view text) {
  std::vector<Section> sections(1);
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = trimmed(line);
    if (line.empty() || line.front() == '#')
      continue;
    if (line.front() == '[' && line.back() == ']') {
      sections.push_back({trimmed(line.substr(1, line.size() - 2)), {}});
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos)
      sections.back().lines.push_back({trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1))});
  }
  return sections;
}

// Roles of kif-fips.so that no module stands in: the seed source, and the provider without algorithms.
bool is_kifs_own(const Section& section) {
  return section.find("kif-role").has_value() && !section.find("kif-module");
}

} // namespace

Result<std::string> stock_config(std::string_view layer_config) {
  const std::vector<Section> sections = parse(layer_config);
  std::vector<std::string_view> left_out;
  bool has_module = false;
  for (const Section& section : sections) {
    has_module = has_module || section.find("kif-module").has_value();
    if (is_kifs_own(section))
      left_out.push_back(section.name);
    if (const auto random = section.find("random"))
      left_out.push_back(*random);
  }
  if (!has_module)
    return fail(ErrorCode::invalid_input,
                "cannot make the stock configuration: no section of the layer's has a kif-module");

  const auto is_left_out = [&left_out](std::string_view name) {
    return std::ranges::find(left_out, name) != left_out.end();
  };
  std::string text;
  for (const Section& section : sections) {
    if (!section.name.empty() && is_left_out(section.name))
      continue;
    if (!section.name.empty())
      text += "\n[" + std::string(section.name) + "]\n";
    const auto module = section.find("kif-module");
    for (const Line& line : section.lines) {
      if (line.key.starts_with("kif-") && module)
        continue;
      if (line.key == "random" || is_left_out(line.value))
        continue;
      text += std::string(line.key) + " = " + std::string(line.key == "module" && module ? *module : line.value) + "\n";
    }
  }
  return text;
}

std::string stock_preload(std::string_view layer_preload) {
  std::string text;
  while (!layer_preload.empty()) {
    const std::string_view line = layer_preload.substr(0, layer_preload.find('\n'));
    layer_preload.remove_prefix(std::min(line.size() + 1, layer_preload.size()));
    if (trimmed(line) != k_layer_random)
      text += std::string(line) + "\n";
  }
  return text;
}

} // namespace kif::verify
