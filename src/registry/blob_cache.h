// SPDX-License-Identifier: Apache-2.0
// Blobs kept on disk by their digests, for all commands and all processes of a user. A blob gets its name after its
// digest was verified, and is verified again before it is used.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/file.h"
#include "base/reader.h"
#include "base/result.h"
#include "digest/digest.h"
#include "registry/credentials.h"

namespace kif::oci {

/// $XDG_CACHE_HOME/kif/blobs, ~/.cache/kif/blobs; empty where the environment names neither.
std::filesystem::path default_cache_folder(const Environment& environment);

/// Safe to use from several threads; other processes may use the same folder.
class BlobCache {
public:
  /// `folder` empty: nothing is kept beyond this object. `warn` is told once where the folder cannot be used; then what
  /// was kept there for good is kept in a temporary folder as long as this object lives.
  BlobCache(std::filesystem::path folder, std::function<void(const std::string&)> warn);

  /// The blob's file, if it is there and right. A wrong one is removed.
  std::optional<std::filesystem::path> find(const Digest& digest);
  /// The same without a look at its content: for a blob that find() or keep() has vouched for.
  std::optional<std::filesystem::path> known(const Digest& digest) const;
  /// Reads `blob`, which verifies itself, to its end and keeps it. False: there is no place to keep it. What goes wrong
  /// with reading is the error; what goes wrong with writing leads to another place, for which `reopen` gives the blob
  /// anew.
  Result<bool> keep(const Digest& digest, const std::function<Result<std::unique_ptr<Reader>>()>& reopen);

private:
  std::filesystem::path path_of(const Digest& digest) const;
  Result<void> prepare();
  void fall_back(const Error& reason);

  mutable std::mutex m_mutex;     // of the members below
  std::filesystem::path m_folder; // empty: no place at all
  std::function<void(const std::string&)> m_warn;
  std::optional<TempDir> m_temporary;
  std::set<Digest> m_known;
  bool m_is_prepared = false;
};

} // namespace kif::oci
