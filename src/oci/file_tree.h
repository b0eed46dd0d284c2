// SPDX-License-Identifier: Apache-2.0
// The merged file tree of an image, read from its layers without unpacking them: whiteouts honoured, names checked,
// sizes bounded.
//
// The tree is made in memory, by the rules by which a runtime would lay one layer over the other (image-spec,
// layer.md). Extraction and file reading follow it; so no name in a tar is ever resolved by the kernel against the real
// file system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/reader.h"
#include "base/result.h"
#include "oci/image.h"

namespace kif::oci {

/// What one image may cost. Over a bound: too_large.
struct Bounds {
  std::uint64_t max_total_bytes = std::uint64_t{16} << 30U; ///< of all layers' tars together, uncompressed
  std::uint64_t max_entries = 1'000'000;      ///< of all layers together, folders that are only implied included
  std::size_t max_path_bytes = 4096;          ///< Linux's PATH_MAX
  std::size_t max_header_bytes = 1024 * 1024; ///< one PAX header or one GNU long name
};

enum class FileType { regular, directory, symlink, character_device, block_device, fifo };

/// One file of the merged tree.
struct FileEntry {
  std::string path; ///< absolute in the image, without symlinks in its folders: "/usr/bin/openssl"; the root is "/"
  FileType type = FileType::regular;
  std::uint64_t size = 0;    ///< of a regular file, else 0
  std::uint32_t mode = 0755; ///< permission bits with setuid, setgid, sticky
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::int64_t mtime_seconds = 0;
  std::uint32_t mtime_nanoseconds = 0;
  std::string link_target; ///< of a symlink, as it is written there
  std::string capability;  ///< the xattr security.capability, raw; empty: none
  std::size_t layer = 0;   ///< where its content comes from; 0 is the lowest
  std::size_t ordinal =
      0; ///< number of its content's entry in that layer's tar. Files with the same layer and ordinal are hard links
  std::string head; ///< the first bytes of a regular file, as many as were asked for
};

class FileTree {
public:
  struct Options {
    Bounds bounds = {};
    std::size_t head_bytes = 0; ///< so many bytes of each regular file are kept in FileEntry::head
  };

  /// Reads every layer of the image once; all digests and diff_ids are verified when it returns.
  static Result<FileTree> read(const Image& image, const Options& options);
  static Result<FileTree> read(const Image& image) { return read(image, Options{}); }

  FileTree(FileTree&&) noexcept;
  FileTree& operator=(FileTree&&) noexcept;
  ~FileTree();

  /// All entries, the root first, every folder before what it holds, siblings in byte order.
  const std::vector<FileEntry>& entries() const noexcept;
  /// The entry of that path, symlinks in its folders followed inside the image; null: none. A symlink at the end is not
  /// followed.
  const FileEntry* find(std::string_view path) const;
  /// As find(), and a symlink at the end is followed too.
  const FileEntry* resolve(std::string_view path) const;
  const Bounds& bounds() const noexcept;

private:
  struct Content;
  explicit FileTree(std::unique_ptr<Content> content);
  std::unique_ptr<Content> m_content;
};

/// Gives `visit` the content of every regular file that `wanted` says yes to, in the order in which the layers hold
/// them; a layer without any is not read. A file with several hard links is visited once, under the first of its wanted
/// paths. `visit` need not read to the end. What it saw is verified only when this function has returned without an
/// error.
Result<void> visit_files(const Image& image, const FileTree& tree, const std::function<bool(const FileEntry&)>& wanted,
                         const std::function<Result<void>(const FileEntry&, Reader&)>& visit);

/// The whole content of one file, a symlink at its end followed; not_found, or too_large over `max_bytes`.
Result<std::string> read_image_file(const Image& image, const FileTree& tree, std::string_view path,
                                    std::uint64_t max_bytes);

} // namespace kif::oci
