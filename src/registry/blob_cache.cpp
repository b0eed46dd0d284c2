// SPDX-License-Identifier: Apache-2.0
#include "registry/blob_cache.h"

#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

namespace kif::oci {
namespace {

namespace fs = std::filesystem;

// Longer than any fetch: what is older was left by a process that was killed.
constexpr std::chrono::hours k_abandoned_after{24};

void remove_abandoned(const fs::path& folder) {
  std::error_code ignored;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator entry(folder, ignored), end; !ignored && entry != end; entry.increment(ignored)) {
    std::error_code error;
    const bool is_part = entry->path().filename().string().find(".part-") != std::string::npos;
    if (is_part && now - entry->last_write_time(error) > k_abandoned_after && !error)
      fs::remove(entry->path(), error);
  }
}

// O_NOFOLLOW and the check: only what kif itself put there.
bool is_right(const fs::path& path, const Digest& digest) {
  auto fd = open_file(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  struct stat status {};
  if (!fd || ::fstat(fd->get(), &status) != 0 || !S_ISREG(status.st_mode))
    return false;
  FdReader reader(*std::move(fd), path.string());
  Sha256 hash;
  std::vector<std::byte> buffer(256 * 1024);
  for (;;) {
    const auto count = reader.read(buffer);
    if (!count)
      return false;
    if (*count == 0)
      return hash.finish() == digest;
    hash.update(std::span(buffer).first(*count));
  }
}

} // namespace

fs::path default_cache_folder(const Environment& environment) {
  const fs::path cache = environment("XDG_CACHE_HOME");
  if (cache.is_absolute()) // the specification has relative ones ignored
    return cache / "kif/blobs";
  const fs::path home = environment("HOME");
  return home.is_absolute() ? home / ".cache/kif/blobs" : fs::path();
}

BlobCache::BlobCache(fs::path folder, std::function<void(const std::string&)> warn)
    : m_folder(std::move(folder)), m_warn(std::move(warn)) {
  if (m_folder.empty())
    fall_back(Error(ErrorCode::not_found, "there is no HOME"));
}

fs::path BlobCache::path_of(const Digest& digest) const {
  return m_folder / "sha256" / digest.hex();
}

std::optional<fs::path> BlobCache::known(const Digest& digest) const {
  const std::lock_guard lock(m_mutex);
  return m_known.contains(digest) ? std::optional(path_of(digest)) : std::nullopt;
}

std::optional<fs::path> BlobCache::find(const Digest& digest) {
  fs::path path;
  bool is_known = false;
  {
    const std::lock_guard lock(m_mutex);
    if (m_folder.empty())
      return std::nullopt;
    path = path_of(digest);
    is_known = m_known.contains(digest);
  }
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(path, ignored)))
    return std::nullopt;
  if (!is_known && !is_right(path, digest)) {
    fs::remove_all(path, ignored);
    return std::nullopt;
  }
  const std::lock_guard lock(m_mutex);
  m_known.insert(digest);
  return path;
}

Result<void> BlobCache::prepare() {
  if (m_is_prepared)
    return {};
  std::error_code error;
  fs::create_directories(m_folder / "sha256", error);
  if (error)
    return fail(system_error(error.value(), "cannot make " + (m_folder / "sha256").string()));
  remove_abandoned(m_folder / "sha256");
  m_is_prepared = true;
  return {};
}

void BlobCache::fall_back(const Error& reason) {
  const bool is_first = !m_temporary;
  if (is_first && m_warn)
    m_warn("keeping nothing of what is fetched: " + reason.message);
  m_folder.clear();
  m_known.clear();
  m_is_prepared = false;
  if (auto temporary = is_first ? TempDir::create("kif-blobs-") : Result<TempDir>(fail(reason)); temporary) {
    m_temporary.emplace(*std::move(temporary));
    m_folder = m_temporary->path();
  }
}

Result<bool> BlobCache::keep(const Digest& digest, const std::function<Result<std::unique_ptr<Reader>>()>& reopen) {
  for (;;) {
    std::unique_lock lock(m_mutex);
    if (m_folder.empty())
      return false;
    const fs::path folder = m_folder;
    Result<void> written = prepare();
    auto file = written ? AtomicFile::create(path_of(digest), 0600) : Result<AtomicFile>(fail(written.error()));
    if (!file) {
      fall_back(file.error());
      continue;
    }
    lock.unlock();

    KIF_TRY(const auto reader, reopen());
    std::vector<std::byte> buffer(256 * 1024);
    while (written) {
      KIF_TRY(const std::size_t count, reader->read(buffer));
      if (count == 0)
        break;
      written = file->write(std::span(buffer).first(count));
    }
    if (written)
      written = file->commit();
    lock.lock();
    if (written) {
      m_known.insert(digest);
      return true;
    }
    if (folder == m_folder)
      fall_back(written.error());
  }
}

} // namespace kif::oci
