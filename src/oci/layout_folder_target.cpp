// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/output_file.h"
#include "oci/choose.h"
#include "oci/image_target.h"
#include "oci/json.h"
#include "oci/media_type.h"

namespace kif::oci {
namespace {

namespace fs = std::filesystem;

// Blobs put into a layout, each whole or not at all. They stay if the work is not finished: by then another writer may
// have found one there and count on it. What no index leads to is for the garbage collection of whoever owns the layout
// (umoci gc).
class BlobFolder {
public:
  explicit BlobFolder(fs::path folder) : m_folder(std::move(folder)) {}

  Result<void> add(const PlannedBlob& blob) {
    const fs::path path = m_folder / blob.descriptor.digest.hex();
    std::error_code ignored;
    if (fs::exists(path, ignored)) {
      const auto there = digest_of_file(path.string());
      if (there && *there == blob.descriptor.digest)
        return {};
    }
    KIF_TRY(AtomicFile file, AtomicFile::create(path));
    KIF_CHECK(copy(blob, file));
    return file.commit();
  }

private:
  // A file system that can lets both files share their blocks. Not a hard link: two layouts must not change together
  // when somebody writes into one.
  static Result<void> copy(const PlannedBlob& blob, AtomicFile& file) {
    bool is_cloned = false;
    if (blob.file) {
      const auto source = open_file(*blob.file, O_RDONLY | O_NONBLOCK);
      is_cloned = source && ::ioctl(file.fd(), FICLONE, source->get()) == 0;
    }
    if (is_cloned)
      return verify_clone(blob, file);
    KIF_TRY(const auto reader, blob.open());
    std::vector<std::byte> buffer(256 * 1024);
    for (;;) {
      KIF_TRY(const std::size_t count, reader->read(buffer));
      if (count == 0)
        return {};
      KIF_CHECK(file.write(std::span(buffer).first(count)));
    }
  }

  static Result<void> verify_clone(const PlannedBlob& blob, const AtomicFile& file) {
    KIF_TRY(UniqueFd fd, open_file("/proc/self/fd/" + std::to_string(file.fd()), O_RDONLY));
    const std::string what = "a copy of blob " + blob.descriptor.digest.text();
    VerifiedReader reader(std::make_unique<FdReader>(std::move(fd), what), blob.descriptor.digest, blob.descriptor.size,
                          what);
    std::vector<std::byte> buffer(256 * 1024);
    for (;;) {
      KIF_TRY(const std::size_t count, reader.read(buffer));
      if (count == 0)
        return {};
    }
  }

  fs::path m_folder;
};

Result<void> make_folders(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    return fail(system_error(error.value(), "cannot make " + path.string()));
  return {};
}

Result<void> write_text(const fs::path& path, std::string_view text) {
  KIF_TRY(AtomicFile file, AtomicFile::create(path));
  KIF_CHECK(file.write(text));
  return file.commit();
}

// What blobs and index make of a folder that is a layout, or is to become one.
Result<void> fill(const fs::path& folder, const std::string& tag, const Descriptor& top,
                  const std::vector<PlannedBlob>& blobs, bool is_new) {
  KIF_CHECK(make_folders(folder / "blobs" / "sha256"));
  BlobFolder blob_folder(folder / "blobs" / "sha256");
  for (const PlannedBlob& blob : blobs)
    KIF_CHECK(blob_folder.add(blob));

  // Two writers of one layout take turns from the reading of the index to its writing.
  KIF_TRY(const UniqueFd lock, open_file(folder, O_RDONLY | O_DIRECTORY));
  if (::flock(lock.get(), LOCK_EX) != 0)
    return fail(system_error(errno, "cannot lock " + folder.string()));
  nlohmann::json index;
  if (!is_new) {
    const std::string where = (folder / "index.json").string();
    KIF_TRY(const std::string text, read_file(where, k_max_json_bytes));
    KIF_CHECK(Index::parse(text, std::string(k_oci_index), where));
    KIF_TRY(index, parse_json(text, where));
  }
  KIF_TRY(const std::string text, write_json(with_entry(std::move(index), tag, top), "index.json"));
  if (is_new)
    KIF_CHECK(write_text(folder / "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}"));
  KIF_CHECK(write_text(folder / "index.json", text));
  return {};
}

Result<void> write_new_layout(const fs::path& place, const std::string& tag, const Descriptor& top,
                              const std::vector<PlannedBlob>& blobs) {
  KIF_TRY(TempDir folder,
          TempDir::create(std::string(".").append(place.filename().string()).append(".part-"), place.parent_path()));
  KIF_CHECK(fill(folder.path(), tag, top, blobs, true));
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (::chmod(folder.path().c_str(), 0777U & ~mask) != 0 || std::rename(folder.path().c_str(), place.c_str()) != 0)
    return fail(system_error(errno, "cannot write " + place.string()));
  folder.keep();
  return {};
}

bool is_ref(const nlohmann::json& entry, const std::string& tag) {
  const auto annotations = entry.find("annotations");
  const bool has_tag = annotations != entry.end() && annotations->is_object() && annotations->contains(k_ref_name);
  return tag.empty() ? !has_tag : has_tag && (*annotations)[std::string(k_ref_name)] == tag;
}

} // namespace

nlohmann::json with_entry(nlohmann::json index, const std::string& tag, const Descriptor& top) {
  nlohmann::json entry = top.to_json();
  if (!tag.empty())
    entry["annotations"][std::string(k_ref_name)] = tag;
  if (!index.is_object())
    index = {{"schemaVersion", 2}, {"mediaType", k_oci_index}, {"manifests", nlohmann::json::array()}};
  nlohmann::json entries = nlohmann::json::array();
  bool is_placed = false;
  for (nlohmann::json& old : index["manifests"]) {
    if (!is_ref(old, tag))
      entries.push_back(std::move(old));
    else if (!std::exchange(is_placed, true))
      entries.push_back(entry);
  }
  if (!is_placed)
    entries.push_back(std::move(entry));
  index["manifests"] = std::move(entries);
  return index;
}

Result<void> write_layout_folder(const fs::path& folder, const std::string& tag, const Descriptor& top,
                                 const std::vector<PlannedBlob>& blobs) {
  KIF_TRY(fs::path absolute, absolute_path(folder));
  absolute = absolute.lexically_normal();
  // A link stays, and the layout is made where it leads to.
  KIF_TRY(const fs::path place, follow_links(absolute.has_filename() ? absolute : absolute.parent_path()));
  std::error_code error;
  const fs::file_status status = fs::status(place, error);
  if (!fs::exists(status) || (fs::is_directory(status) && fs::is_empty(place, error)))
    return write_new_layout(place, tag, top, blobs);
  if (!fs::exists(place / "oci-layout", error))
    return fail(ErrorCode::conflict,
                "cannot write to " + folder.string() + ": it exists and is not an OCI image layout");
  return fill(place, tag, top, blobs, false);
}

} // namespace kif::oci
