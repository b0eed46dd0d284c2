// SPDX-License-Identifier: Apache-2.0
#include "sbom/finding/root_files.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/root_file.h"
#include "layer/file_tree.h"
#include "sbom/databases/apk_database.h"
#include "sbom/databases/dpkg_status.h"
#include "sbom/databases/rpm_database.h"

namespace kif::sbom {
namespace {

constexpr std::array<std::string_view, 2> k_apk_databases = {"/lib/apk/db/installed", "/usr/lib/apk/db/installed"};
constexpr std::string_view k_dpkg_status = "/var/lib/dpkg/status";
constexpr std::string_view k_status_folder =
    "/var/lib/dpkg/status.d";                                      // a file for each package: distroless, Chisel's kin
constexpr std::string_view k_document_folder = "/var/lib/db/sbom"; // one for each package: apko
constexpr std::string_view k_document_suffix = ".spdx.json";
// rpm's home, and where it lies since packages own no file below /var.
constexpr std::array<std::string_view, 2> k_rpm_folders = {"/var/lib/rpm", "/usr/lib/sysimage/rpm"};
constexpr std::size_t k_max_names = 10'000; // files of one folder

// The file's name, where `path` is a file right in `folder`.
std::string_view name_in(std::string_view path, std::string_view folder) {
  if (path.size() <= folder.size() + 1 || !path.starts_with(folder) || path[folder.size()] != '/')
    return {};
  const std::string_view name = path.substr(folder.size() + 1);
  return name.find('/') == std::string_view::npos ? name : std::string_view{};
}

bool is_status_name(std::string_view name) {
  return !name.empty() && !name.ends_with(".md5sums");
}

bool is_document_name(std::string_view name) {
  return name.ends_with(k_document_suffix);
}

bool is_rpm_name(std::string_view name) {
  return is_rpm_database_file(name) || name == "rpmdb.sqlite-wal";
}

bool is_rpm_file(std::string_view path) {
  return std::any_of(k_rpm_folders.begin(), k_rpm_folders.end(),
                     [&](std::string_view folder) { return is_rpm_name(name_in(path, folder)); });
}

bool is_wanted(std::string_view path) {
  return std::find(k_apk_databases.begin(), k_apk_databases.end(), path) != k_apk_databases.end() ||
         path == k_dpkg_status || is_status_name(name_in(path, k_status_folder)) ||
         is_document_name(name_in(path, k_document_folder)) || is_rpm_file(path);
}

Error over_the_bound(const std::string& name) {
  return {ErrorCode::too_large, "cannot read the packages of " + name + ": its databases are over the bound of " +
                                    std::to_string(k_max_root_bytes) + " bytes"};
}

// Several files that make one list of packages: the first error is all that is told of each.
class Merged {
public:
  Merged(Route route, Collection& collection) : m_route(route), m_collection(collection) {}

  void add(const std::string& where, Result<Document> document) {
    if (!document)
      return m_collection.refuse(m_route, where, std::move(document).error());
    if (m_files++ == 0) {
      m_document = *std::move(document);
      return;
    }
    auto& packages = m_document.packages;
    std::move(document->packages.begin(), document->packages.end(), std::back_inserter(packages));
  }

  void finish(const std::string& where, std::optional<Subject> at) {
    if (m_files == 0)
      return;
    auto& packages = m_document.packages;
    std::sort(packages.begin(), packages.end());
    packages.erase(std::unique(packages.begin(), packages.end()), packages.end());
    if (m_files > 1)
      m_document.name.clear(); // that of one file
    m_collection.add_reading(m_route, where, at, {std::move(m_document), std::nullopt, SignatureState::none});
  }

private:
  Route m_route;
  Collection& m_collection;
  Document m_document;
  std::size_t m_files = 0;
};

Result<Document> only_document(std::string_view text, const std::string& where) {
  KIF_TRY(Readings readings, read_documents(text, where));
  if (readings.documents.size() != 1)
    return fail(ErrorCode::invalid_input, "cannot read " + where + ": it is not one SBOM");
  // Taken out of its envelope it would be told as unsigned, and as about this image.
  if (const ReadDocument& reading = readings.documents.front();
      reading.statement || reading.signature != SignatureState::none)
    return fail(Error(ErrorCode::unsupported, "cannot read " + where + ": it is a statement, and not a document alone")
                    .with_hint("name it itself, or attach it to the image"));
  return std::move(readings.documents.front().document);
}

class RootCollector {
public:
  RootCollector(RootFiles files, std::string name, std::optional<Subject> at, Collection& collection)
      : m_files(std::move(files)), m_name(std::move(name)), m_at(at), m_collection(collection) {}

  void collect() {
    collect_apk();
    collect_dpkg();
    for (const std::string_view folder : k_rpm_folders)
      collect_rpm(std::string(folder));
    collect_documents();
  }

private:
  std::string where(std::string_view path) const { return std::string(path) + " in " + m_name; }

  void add(std::string_view path, Result<Document> document) {
    Merged one(Route::root_file_system, m_collection);
    one.add(where(path), std::move(document));
    one.finish(where(path), m_at);
  }

  void collect_apk() {
    const std::string* before = nullptr;
    for (const std::string_view path : k_apk_databases) {
      const auto file = m_files.find(std::string(path));
      if (file == m_files.end() || (before != nullptr && *before == file->second)) // the same through /lib → /usr/lib
        continue;
      before = &file->second;
      add(path, read_apk_database(file->second, where(path)));
    }
  }

  void collect_dpkg() {
    if (const auto file = m_files.find(std::string(k_dpkg_status)); file != m_files.end() && !file->second.empty())
      add(k_dpkg_status, read_dpkg_status(file->second, where(k_dpkg_status)));
    Merged status(Route::root_file_system, m_collection);
    for (const auto& [path, text] : m_files)
      if (is_status_name(name_in(path, k_status_folder)))
        status.add(where(path), read_dpkg_status(text, where(path)));
    status.finish(where(k_status_folder), m_at);
  }

  // rpm's own program reads its databases; it wants them as files.
  void collect_rpm(const std::string& folder) {
    RootFiles database;
    for (const auto& [path, content] : m_files)
      if (const std::string name(name_in(path, folder)); is_rpm_name(name) && !content.empty())
        database.emplace(name, content);
    // /var/lib/rpm mostly leads to the other folder.
    if (database.empty() || database == m_rpm_database)
      return;
    m_rpm_database = std::move(database);
    add(folder, read_rpm(folder));
  }

  Result<Document> read_rpm(const std::string& folder) const {
    KIF_TRY(const TempDir copy, TempDir::create("kif-rpm-"));
    for (const auto& [name, content] : m_rpm_database) {
      KIF_TRY(AtomicFile file, AtomicFile::create(copy.path() / name));
      KIF_CHECK(file.write(content));
      KIF_CHECK(file.commit());
    }
    return read_rpm_database(copy.path(), where(folder));
  }

  void collect_documents() {
    Merged documents(Route::root_file_system, m_collection);
    for (const auto& [path, text] : m_files)
      if (is_document_name(name_in(path, k_document_folder)))
        documents.add(where(path), only_document(text, where(path)));
    documents.finish(where(k_document_folder), m_at);
  }

  RootFiles m_files;
  RootFiles m_rpm_database; // the one that was read, by file name
  std::string m_name;
  std::optional<Subject> m_at;
  Collection& m_collection;
};

// Puts files of an unpacked root into RootFiles, within the bound.
class FolderReader {
public:
  FolderReader(const std::filesystem::path& root, Collection& collection) : m_root(root), m_collection(collection) {}

  void take(const std::string& path) {
    auto content = read_in_root_if_there(m_root, path, m_left);
    if (!content)
      return refuse(path, std::move(content).error());
    if (!*content)
      return;
    m_left -= (*content)->size();
    files.emplace(path, **std::move(content));
  }

  void take_folder(std::string_view folder, bool (*is_wanted_name)(std::string_view)) {
    const auto names = list_in_root(m_root, std::string(folder), k_max_names);
    if (!names)
      return refuse(std::string(folder), names.error());
    for (const std::string& name : *names)
      if (is_wanted_name(name))
        take(std::string(folder) + "/" + name);
  }

  RootFiles files;

private:
  void refuse(const std::string& path, Error error) {
    m_collection.refuse(Route::root_file_system, path + " in " + m_root.string(), std::move(error));
  }

  const std::filesystem::path& m_root;
  Collection& m_collection;
  std::uint64_t m_left = k_max_root_bytes;
};

} // namespace

Result<RootFiles> root_files_of(const oci::Image& image) {
  KIF_TRY(const oci::FileTree tree, oci::FileTree::read(image));
  RootFiles files;
  std::uint64_t left = k_max_root_bytes;
  const auto visit = [&](const oci::FileEntry& entry, Reader& reader) -> Result<void> {
    if (entry.size > left)
      return fail(over_the_bound(image.name().text()));
    KIF_TRY(std::string content, read_to_end(reader, left, entry.name));
    left -= content.size();
    files.emplace(entry.path(), std::move(content));
    return {};
  };
  KIF_CHECK(oci::visit_files(
      image, tree, [](const oci::FileEntry& entry) { return is_wanted(entry.path()); }, visit));
  return files;
}

RootFiles root_files_in(const std::filesystem::path& root, Collection& collection) {
  FolderReader reader(root, collection);
  for (const std::string_view path : k_apk_databases)
    reader.take(std::string(path));
  reader.take(std::string(k_dpkg_status));
  reader.take_folder(k_status_folder, is_status_name);
  reader.take_folder(k_document_folder, is_document_name);
  for (const std::string_view folder : k_rpm_folders)
    reader.take_folder(folder, is_rpm_name);
  return std::move(reader.files);
}

void collect_root_files(RootFiles files, const std::string& name, std::optional<Subject> at, Collection& collection) {
  collection.looked(Route::root_file_system);
  RootCollector(std::move(files), name, at, collection).collect();
}

} // namespace kif::sbom
