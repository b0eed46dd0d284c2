// SPDX-License-Identifier: Apache-2.0
#include "oci/layout_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layer/tar_index.h"
#include "oci/json.h"
#include "oci/media_type.h"

namespace kif::oci {
namespace {

constexpr std::string_view k_layout_version = "1.0.0";

std::string blob_path(const Digest& digest) {
  return "blobs/sha256/" + digest.hex();
}

Error missing_blob(const Digest& digest, const std::string& what) {
  return {ErrorCode::not_found, "cannot read " + what + ": blob " + digest.text() + " is missing"};
}

Result<void> check_layout(const std::string& text, const std::string& where) {
  KIF_TRY(const nlohmann::json json, parse_json(text, where));
  KIF_TRY(const JsonObject document, JsonObject::of(json, where));
  KIF_TRY(const std::string version, document.string("imageLayoutVersion"));
  if (version != k_layout_version)
    return fail(Error(ErrorCode::unsupported, "cannot read " + where + ": unknown imageLayoutVersion")
                    .with_mismatch(std::string(k_layout_version), version));
  return {};
}

class FolderStore final : public LayoutStore {
public:
  FolderStore(std::filesystem::path folder, std::string name)
      : LayoutStore(std::move(name)), m_folder(std::move(folder)) {}

  Result<std::unique_ptr<Reader>> open(const Descriptor& descriptor, const std::string& what) const override {
    auto fd = open_regular(m_folder / blob_path(descriptor.digest), what);
    if (!fd && fd.error().code == ErrorCode::not_found)
      return fail(missing_blob(descriptor.digest, what));
    if (!fd)
      return fail(std::move(fd).error());
    return std::make_unique<FdReader>(*std::move(fd), what);
  }

  std::optional<std::filesystem::path> path_of(const Digest& digest) const override {
    return m_folder / blob_path(digest);
  }

  Result<void> load() {
    const std::string where = "oci-layout of " + name();
    auto text = read_text("oci-layout", where);
    if (!text && text.error().code == ErrorCode::not_found)
      return fail(ErrorCode::not_found,
                  "cannot open " + name() + ": " + m_folder.string() +
                      (::access(m_folder.c_str(), F_OK) == 0 ? " is not an OCI image layout" : " does not exist"));
    KIF_CHECK(text);
    KIF_CHECK(check_layout(*text, where));
    return load_index();
  }

private:
  // Without O_NONBLOCK the opening of a fifo would wait for a writer.
  static Result<UniqueFd> open_regular(const std::filesystem::path& path, const std::string& what) {
    KIF_TRY(UniqueFd fd, open_file(path, O_RDONLY | O_NONBLOCK));
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
      return fail(ErrorCode::invalid_input, "cannot read " + what + ": " + path.string() + " is not a regular file");
    return fd;
  }

  Result<std::string> read_text(const char* file, const std::string& where) const override {
    KIF_TRY(UniqueFd fd, open_regular(m_folder / file, where));
    FdReader reader(std::move(fd), where);
    return read_to_end(reader, k_max_json_bytes, where);
  }

  std::filesystem::path m_folder;
};

class ArchiveStore final : public LayoutStore {
public:
  ArchiveStore(TarIndex archive, std::string name) : LayoutStore(std::move(name)), m_archive(std::move(archive)) {}

  Result<std::unique_ptr<Reader>> open(const Descriptor& descriptor, const std::string& what) const override {
    const std::string path = blob_path(descriptor.digest);
    if (!m_archive.contains(path))
      return fail(missing_blob(descriptor.digest, what));
    return m_archive.open(path);
  }

  Result<void> load() {
    if (!m_archive.contains("oci-layout") || !m_archive.contains("index.json"))
      return fail(Error(ErrorCode::invalid_input, "cannot open " + name() + ": the archive holds no OCI image layout")
                      .with_hint(m_archive.contains("manifest.json") ? "did you mean \"docker-archive\"?" : ""));
    const std::string where = "oci-layout of " + name();
    KIF_TRY(const std::string text, read_text("oci-layout", where));
    KIF_CHECK(check_layout(text, where));
    return load_index();
  }

private:
  Result<std::string> read_text(const char* file, const std::string& where) const override {
    KIF_TRY(const auto reader, m_archive.open(file));
    return read_to_end(*reader, k_max_json_bytes, where);
  }

  TarIndex m_archive;
};

} // namespace

Result<void> LayoutStore::load_index() {
  const std::string where = "index.json of " + m_name;
  KIF_TRY(const std::string text, read_text("index.json", where));
  KIF_TRY(Index index, Index::parse(text, std::string(k_oci_index), where));
  m_index = std::make_shared<const Index>(std::move(index));
  return {};
}

Result<std::shared_ptr<const LayoutStore>> open_layout_folder(const std::filesystem::path& folder,
                                                              const std::string& name) {
  auto store = std::make_shared<FolderStore>(folder, name);
  KIF_CHECK(store->load());
  return store;
}

Result<std::shared_ptr<const LayoutStore>> open_layout_archive(const std::filesystem::path& file,
                                                               const std::string& name) {
  KIF_TRY(TarIndex archive, TarIndex::read(file, name));
  auto store = std::make_shared<ArchiveStore>(std::move(archive), name);
  KIF_CHECK(store->load());
  return store;
}

} // namespace kif::oci
