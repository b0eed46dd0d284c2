// SPDX-License-Identifier: Apache-2.0
// What kif reads from documents and package databases, as a program, for tests that hold it against other programs.
//   document FILE…     apk FILE…     dpkg FILE…     rpm FOLDER…
// Prints "NAME VERSION ECOSYSTEM ARCHITECTURE" for each package, - for what is empty; or, to standard error, why not.
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "sbom/databases/apk_database.h"
#include "sbom/databases/dpkg_status.h"
#include "sbom/databases/rpm_database.h"
#include "sbom/reading/read.h"
#include "text/escape.h"

namespace {

using namespace kif;
using sbom::Document;

Result<std::vector<Document>> read_file_with(const std::string& path,
                                             Result<Document> (*read)(std::string_view, const std::string&)) {
  KIF_TRY(const std::string text, read_file(path, sbom::k_max_document_bytes));
  KIF_TRY(Document document, read(text, path));
  return std::vector<Document>{std::move(document)};
}

Result<std::vector<Document>> read_document_file(const std::string& path) {
  KIF_TRY(const std::string text, read_file(path, sbom::k_max_document_bytes));
  KIF_TRY(sbom::Readings readings, sbom::read_documents(text, path));
  std::vector<Document> documents;
  for (sbom::ReadDocument& reading : readings.documents)
    documents.push_back(std::move(reading.document));
  return documents;
}

Result<std::vector<Document>> read_rpm_folder(const std::string& path) {
  KIF_TRY(Document document, sbom::read_rpm_database(path, path));
  return std::vector<Document>{std::move(document)};
}

void print(const Document& document) {
  const auto or_dash = [](const std::string& text) { return text.empty() ? "-" : text.c_str(); };
  for (const sbom::Package& package : document.packages)
    std::printf("%s %s %s %s\n", or_dash(package.name), or_dash(package.version),
                std::string(to_string(package.ecosystem)).c_str(), or_dash(package.architecture));
}

} // namespace

int main(int argc, char** argv) {
  const std::map<std::string, std::function<Result<std::vector<Document>>(const std::string&)>> kinds = {
      {"document", read_document_file},
      {"apk", [](const std::string& path) { return read_file_with(path, sbom::read_apk_database); }},
      {"dpkg", [](const std::string& path) { return read_file_with(path, sbom::read_dpkg_status); }},
      {"rpm", read_rpm_folder},
  };
  const auto kind = kinds.find(argc > 2 ? argv[1] : "");
  if (kind == kinds.end()) {
    std::fputs("usage: sbom_tool document|apk|dpkg|rpm PATH…\n", stderr);
    return 2;
  }
  int status = 0;
  for (int i = 2; i < argc; ++i) {
    const auto documents = kind->second(argv[i]);
    if (!documents) {
      std::fputs(kif::text::escape(documents.error()).render("sbom_tool").c_str(), stderr);
      status = 1;
      continue;
    }
    for (const Document& document : *documents)
      print(document);
  }
  return status;
}
