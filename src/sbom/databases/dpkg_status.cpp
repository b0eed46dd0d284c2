// SPDX-License-Identifier: Apache-2.0
#include "sbom/databases/dpkg_status.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.h"
#include "base/quote.h"
#include "sbom/databases/lines.h"
#include "sbom/package_list.h"

namespace kif::sbom {
namespace {

/// The fields that kif reads, in the order of Stanza::values.
constexpr std::array<std::string_view, 4> k_fields = {"package", "version", "architecture", "status"};
enum Field { k_package, k_version, k_architecture, k_status };

struct Stanza {
  std::size_t begin = 0; ///< line on which it begins; 0: none has
  std::size_t status_line = 0;
  std::array<std::string, k_fields.size()> values;
};

/// Names of fields are the same in any case (deb822(5)).
std::optional<std::size_t> field_of(std::string_view name) {
  const auto same = [&](std::string_view field) {
    return std::ranges::equal(field, name, [](char wanted, char c) { return wanted == lower_case(c); });
  };
  const auto found = std::ranges::find_if(k_fields, same);
  return found == k_fields.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - k_fields.begin()));
}

bool is_field_name(std::string_view name) {
  return !name.empty() && name[0] != '-' && std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7F; });
}

/// Whether files of the package are there: the third word of Status, "WANT ERROR STATE" (dpkg-query(1)). None: no
/// state.
std::optional<bool> is_there(std::string_view status) {
  constexpr std::array<std::string_view, 6> k_there = {"installed",      "unpacked",         "half-configured",
                                                       "half-installed", "triggers-awaited", "triggers-pending"};
  constexpr std::array<std::string_view, 2> k_gone = {"not-installed", "config-files"};
  const std::string_view state = status.substr(status.rfind(' ') + 1);
  if (std::ranges::count(status, ' ') != 2)
    return std::nullopt;
  if (std::ranges::find(k_there, state) != k_there.end())
    return true;
  return std::ranges::find(k_gone, state) != k_gone.end() ? std::optional(false) : std::nullopt;
}

Result<void> end_stanza(Stanza& stanza, const Lines& lines, PackageList& list) {
  if (stanza.begin == 0)
    return {};
  auto& values = stanza.values;
  if (values[k_package].empty())
    return fail(lines.refused(stanza.begin, "a stanza without Package begins here"));
  bool there = true;
  if (!values[k_status].empty()) {
    const auto state = is_there(values[k_status]);
    if (!state)
      return fail(lines.refused(stanza.status_line, in_quotes(values[k_status]) + " is not a value of Status"));
    there = *state;
  }
  if (there && values[k_version].empty())
    return fail(lines.refused(stanza.begin, "package " + values[k_package] + " has no Version"));
  if (there)
    KIF_CHECK(list.add(Package{std::move(values[k_package]),
                               std::move(values[k_version]),
                               Ecosystem::deb,
                               std::move(values[k_architecture]),
                               {}}));
  stanza = Stanza();
  return {};
}

} // namespace

Result<Document> read_dpkg_status(std::string_view text, const std::string& where) {
  KIF_TRY(Lines lines, Lines::of(text, where));
  PackageList list(where);
  Stanza stanza;
  while (lines.next()) {
    const std::string_view line = lines.line();
    if (trimmed(line).empty()) {
      KIF_CHECK(end_stanza(stanza, lines, list));
      continue;
    }
    if (line[0] == ' ' || line[0] == '\t') {
      if (stanza.begin == 0)
        return fail(lines.refused("a continuation without a field"));
      continue; // of a description or a list of files: no field that kif reads has more than one line
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_field_name(line.substr(0, colon)))
      return fail(lines.refused(in_quotes(line) + " is not \"FIELD: VALUE\""));
    if (stanza.begin == 0)
      stanza.begin = lines.number();
    const auto field = field_of(line.substr(0, colon));
    if (!field)
      continue;
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!stanza.values[*field].empty())
      return fail(lines.refused(std::string(line.substr(0, colon)) + " appears twice in one stanza"));
    if (*field == k_status)
      stanza.status_line = lines.number();
    else if (!is_word(value))
      return fail(lines.refused(in_quotes(value) + " is not a value of " + std::string(line.substr(0, colon))));
    stanza.values[*field] = value;
  }
  KIF_CHECK(end_stanza(stanza, lines, list));

  Document document;
  document.format = Format::dpkg_status;
  std::move(list).finish(document);
  return document;
}

} // namespace kif::sbom
