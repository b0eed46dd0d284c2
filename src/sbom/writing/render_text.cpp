// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <vector>

#include "sbom/writing/render.h"

namespace kif::sbom {
namespace {

using text::foreign;
using text::Mark;
using text::own;

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
  return document.format_version.empty() ? name : name + " " + document.format_version;
}

text::Cell about(const Found& found) {
  if (!found.subject)
    return own("says no digest");
  return found.subject_is_index ? own("index") : own("image");
}

// A table of the documents, and below each what it says besides.
text::Table documents(const Search& search, bool verified) {
  text::Table table("  ", {{}, {}, {}, {}});
  const auto below = [&](std::string_view sentence) { table.between({own("      "), foreign(sentence, Mark::faint)}); };
  for (const Found& found : search.found) {
    if (is_verified(found) != verified)
      continue;
    if (table.empty())
      table.row({own("packages", Mark::faint), own("format", Mark::faint), own("about", Mark::faint),
                 own("found", Mark::faint)});
    const Document& document = found.reading.document;
    table.row(
        {text::number(document.packages.size()), foreign(format_of(document)), about(found), foreign(found.where)});
    below(signature_of(found));
    if (found.subject && !search.manifest_digest)
      below("says it is about " + found.subject->text());
    if (document.is_of_index_only())
      below("lists images for platforms and no packages");
    for (const std::string& sentence : document.left_out)
      below(sentence);
  }
  return table;
}

void add_documents(text::Page& page, const Search& search, bool verified) {
  const text::Table table = documents(search, verified);
  if (table.empty())
    return;
  page.line({verified ? own("verified: somebody who holds the key's other half says so", Mark::good)
                      : own("claimed: somebody says so, kif checked no signature", Mark::warning)});
  page.add(table);
  page.blank();
}

void add_refused(text::Page& page, const Search& search) {
  if (search.refused.empty())
    return;
  page.line({own("could not be used", Mark::bad)});
  for (const Refused& refused : search.refused) {
    page.line({own("  "), foreign(refused.error.message)});
    if (!refused.error.expected.empty() || !refused.error.got.empty()) {
      page.line({own("    expected: "), foreign(refused.error.expected)});
      page.line({own("    got:      "), foreign(refused.error.got)});
    }
    if (!refused.error.hint.empty())
      page.line({own("    hint: "), foreign(refused.error.hint)});
  }
  page.blank();
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts)
    text += (text.empty() ? "" : ", ") + part;
  return text;
}

void add_routes(text::Page& page, const Search& search) {
  std::vector<std::string> empty;
  for (const Route route : search.looked) {
    const auto is_of_route = [route](const auto& entry) { return entry.route == route; };
    if (std::none_of(search.found.begin(), search.found.end(), is_of_route) &&
        std::none_of(search.refused.begin(), search.refused.end(), is_of_route))
      empty.emplace_back(describe(route));
  }
  if (!empty.empty())
    page.line({own("nothing in: "), foreign(joined(empty))});
  if (!search.other_predicates.empty())
    page.line({own("attestations that are not SBOMs: "), foreign(joined(search.other_predicates))});
  if (search.root_was_passed_over)
    page.line({own("not read: the image's files (--all reads them)")});
}

void add_best(text::Page& page, const Search& search) {
  const Found* best = best_document(search);
  if (best == nullptr) {
    page.line({own("packages: none")});
    return;
  }
  std::map<Ecosystem, std::size_t> counts;
  for (const Package& package : best->reading.document.packages)
    ++counts[package.ecosystem];
  std::vector<std::string> parts;
  for (const auto& [ecosystem, count] : counts)
    parts.push_back(std::to_string(count) + " " + std::string(to_string(ecosystem)));
  page.line({own("packages: "), foreign(joined(parts)), own(", by "), foreign(best->where)});
}

} // namespace

text::Page render_text(const Search& search) {
  text::Page page;
  text::Line head = {foreign(search.image, Mark::heading)};
  if (!search.platform.empty()) {
    head.push_back(own("  "));
    head.push_back(foreign(search.platform));
  }
  page.line(std::move(head));
  if (search.manifest_digest)
    page.line({own("image  "), foreign(search.manifest_digest->text())});
  if (search.index_digest)
    page.line({own("index  "), foreign(search.index_digest->text())});
  page.blank();
  add_documents(page, search, true);
  add_documents(page, search, false);
  add_refused(page, search);
  add_routes(page, search);
  add_best(page, search);
  page.line({own("An SBOM measures nothing: it is what its maker says. kif verify --sbom judges it, kif verify --live "
                 "runs the image.")});
  return page;
}

text::Page render_packages(const Search& search) {
  text::Page page;
  const Found* best = best_document(search);
  if (best == nullptr)
    return page;
  for (const Package& package : best->reading.document.packages) {
    text::Line fields;
    for (const std::string_view value :
         {std::string_view(package.name), std::string_view(package.version), to_string(package.ecosystem),
          std::string_view(package.architecture), std::string_view(package.purl)}) {
      if (!fields.empty())
        fields.push_back(text::tab());
      fields.push_back(value.empty() ? own("-") : foreign(value));
    }
    page.line(std::move(fields));
  }
  return page;
}

} // namespace kif::sbom
