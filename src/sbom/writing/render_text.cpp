// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/quote.h"
#include "sbom/writing/render.h"

namespace kif::sbom {
namespace {

constexpr std::array<std::string_view, 4> k_columns = {"packages", "format", "about", "found"};

bool is_verified(const Found& found) {
  return found.reading.signature == SignatureState::verified;
}

std::string_view signature_of(const Found& found) {
  switch (found.reading.signature) {
  case SignatureState::none:
    return "no signature";
  case SignatureState::not_checked:
    return "signature present, not checked";
  case SignatureState::verified:
    return "signature verified";
  }
  return "";
}

std::string format_of(const Document& document) {
  const std::string name(to_string(document.format));
  return document.format_version.empty() ? name : name + " " + escape_controls(document.format_version);
}

std::string about(const Found& found) {
  if (!found.subject)
    return "says no digest";
  return found.subject_is_index ? "index" : "image";
}

using Row = std::array<std::string, k_columns.size()>;

// A table of the documents, and below each what it says besides.
std::string render_documents(const Search& search, bool verified, const Marker& marker) {
  std::vector<Row> rows;
  std::vector<const Found*> shown;
  Row head;
  std::copy(k_columns.begin(), k_columns.end(), head.begin());
  rows.push_back(head);
  for (const Found& found : search.found)
    if (is_verified(found) == verified) {
      const Document& document = found.reading.document;
      rows.push_back(
          {std::to_string(document.packages.size()), format_of(document), about(found), escape_controls(found.where)});
      shown.push_back(&found);
    }
  if (shown.empty())
    return {};
  std::array<std::size_t, k_columns.size()> widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string text = marker(verified ? Mark::verified : Mark::claimed,
                            verified ? "verified: somebody who holds the key's other half says so"
                                     : "claimed: somebody says so, kif checked no signature") +
                     "\n";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line = "  ";
    for (std::size_t i = 0; i + 1 < rows[r].size(); ++i)
      line += rows[r][i] + std::string(widths[i] - rows[r][i].size() + 2, ' ');
    line += rows[r].back();
    text += (r == 0 ? marker(Mark::faint, line) : line) + "\n";
    if (r == 0)
      continue;
    const Found& found = *shown[r - 1];
    text += "      " + marker(Mark::faint, signature_of(found)) + "\n";
    if (found.subject && !search.manifest_digest)
      text += "      " + marker(Mark::faint, "says it is about " + found.subject->text()) + "\n";
    if (found.reading.document.is_of_index_only())
      text += "      " + marker(Mark::faint, "lists images for platforms and no packages") + "\n";
    for (const std::string& sentence : found.reading.document.left_out)
      text += "      " + marker(Mark::faint, escape_controls(sentence)) + "\n";
  }
  return text + "\n";
}

std::string render_refused(const Search& search, const Marker& marker) {
  if (search.refused.empty())
    return {};
  std::string text = marker(Mark::refused, "could not be used") + "\n";
  for (const Refused& refused : search.refused) {
    text += "  " + escape_controls(refused.error.message) + "\n";
    if (!refused.error.expected.empty() || !refused.error.got.empty())
      text += "    expected: " + escape_controls(refused.error.expected) +
              "\n    got:      " + escape_controls(refused.error.got) + "\n";
    if (!refused.error.hint.empty())
      text += "    hint: " + escape_controls(refused.error.hint) + "\n";
  }
  return text + "\n";
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts)
    text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string render_routes(const Search& search) {
  std::vector<std::string> empty;
  for (const Route route : search.looked) {
    const auto is_of_route = [route](const auto& entry) { return entry.route == route; };
    if (std::none_of(search.found.begin(), search.found.end(), is_of_route) &&
        std::none_of(search.refused.begin(), search.refused.end(), is_of_route))
      empty.emplace_back(describe(route));
  }
  std::string text;
  if (!empty.empty())
    text += "nothing in: " + joined(empty) + "\n";
  if (!search.other_predicates.empty())
    text += "attestations that are no SBOM: " + escape_controls(joined(search.other_predicates)) + "\n";
  if (search.root_was_passed_over)
    text += "not read: the image's files (--all reads them)\n";
  return text;
}

std::string render_best(const Search& search) {
  const Found* best = best_document(search);
  if (best == nullptr)
    return "packages: none\n";
  std::map<Ecosystem, std::size_t> counts;
  for (const Package& package : best->reading.document.packages)
    ++counts[package.ecosystem];
  std::vector<std::string> parts;
  for (const auto& [ecosystem, count] : counts)
    parts.push_back(std::to_string(count) + " " + std::string(to_string(ecosystem)));
  return "packages: " + joined(parts) + ", by " + escape_controls(best->where) + "\n";
}

} // namespace

std::string render_text(const Search& search, const Marker& marker) {
  std::string text = marker(Mark::heading, escape_controls(search.image));
  if (!search.platform.empty())
    text += "  " + escape_controls(search.platform);
  text += "\n";
  if (search.manifest_digest)
    text += "image  " + search.manifest_digest->text() + "\n";
  if (search.index_digest)
    text += "index  " + search.index_digest->text() + "\n";
  text += "\n" + render_documents(search, true, marker) + render_documents(search, false, marker) +
          render_refused(search, marker) + render_routes(search) + render_best(search);
  text += "An SBOM measures nothing: it is what its maker says. kif verify --sbom judges it, kif verify --live runs "
          "the image.\n";
  return text;
}

std::string render_packages(const Search& search) {
  const Found* best = best_document(search);
  if (best == nullptr)
    return {};
  const auto cell = [](std::string_view value) { return value.empty() ? std::string("-") : escape_controls(value); };
  std::string text;
  for (const Package& package : best->reading.document.packages)
    text += cell(package.name) + "\t" + cell(package.version) + "\t" + std::string(to_string(package.ecosystem)) +
            "\t" + cell(package.architecture) + "\t" + cell(package.purl) + "\n";
  return text;
}

} // namespace kif::sbom
