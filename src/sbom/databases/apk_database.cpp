// SPDX-License-Identifier: Apache-2.0
#include "sbom/databases/apk_database.h"

#include "base/quote.h"
#include "sbom/databases/lines.h"
#include "sbom/package_list.h"
#include "sbom/version/version_text.h"

namespace kif::sbom {
namespace {

/// The member of a package that a line's letter fills; null for what kif does not read: checksums, files, dependencies.
std::string* member_of(Package& package, char letter) {
  switch (letter) {
  case 'P':
    return &package.name;
  case 'V':
    return &package.version;
  case 'A':
    return &package.architecture;
  default:
    return nullptr;
  }
}

} // namespace

Result<Document> read_apk_database(std::string_view text, const std::string& where) {
  KIF_TRY(Lines lines, Lines::of(text, where));
  PackageList list(where);
  Package package;
  std::size_t begin = 0; // line on which the record begins; 0: in none

  const auto end_record = [&]() -> Result<void> {
    if (begin == 0)
      return {};
    if (package.name.empty())
      return fail(lines.refused(begin, "a package without name (P:) begins here"));
    if (package.version.empty())
      return fail(lines.refused(begin, "package " + package.name + " has no version (V:)"));
    package.ecosystem = Ecosystem::apk;
    KIF_CHECK(list.add(std::move(package)));
    package = Package();
    begin = 0;
    return {};
  };

  while (lines.next()) {
    const std::string_view line = lines.line();
    if (line.empty()) {
      KIF_CHECK(end_record());
      continue;
    }
    if (line.size() < 2 || !is_letter(line[0]) || line[1] != ':')
      return fail(lines.refused(in_quotes(line) + " is not \"LETTER:VALUE\""));
    if (begin == 0)
      begin = lines.number();
    std::string* const member = member_of(package, line[0]);
    if (member == nullptr)
      continue;
    if (!member->empty())
      return fail(lines.refused(std::string(line.substr(0, 2)) + " appears twice in one package"));
    if (!is_word(line.substr(2)))
      return fail(lines.refused(in_quotes(line.substr(2)) + " is not a value of " + std::string(line.substr(0, 2))));
    *member = line.substr(2);
  }
  KIF_CHECK(end_record());

  Document document;
  document.format = Format::apk_database;
  std::move(list).finish(document);
  return document;
}

} // namespace kif::sbom
