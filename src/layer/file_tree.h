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
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/reader.h"
#include "base/result.h"
#include "layer/layer_stack.h"

namespace kif::oci {

/// What one image may cost. Over a bound: too_large.
struct Bounds {
  std::uint64_t max_total_bytes = std::uint64_t{16} << 30U; ///< of all layers' tars together, uncompressed
  std::uint64_t max_entries = 1'000'000;      ///< of all layers together, folders that are only implied included
  std::size_t max_path_bytes = 4096;          ///< Linux's PATH_MAX
  std::size_t max_header_bytes = 1024 * 1024; ///< one PAX header or one GNU long name
  std::uint64_t max_name_bytes =
      std::uint64_t{64} << 20U; ///< of all names, link targets and capabilities together; a large image has 10 MB
  std::uint64_t max_kept_bytes = std::uint64_t{32} << 20U; ///< of the files that a tree keeps the content of, together
  unsigned max_passes = 8; ///< over one layer, the tree's own included: whatever is asked, and however often
};

enum class FileType : std::uint8_t { regular, directory, symlink, character_device, block_device, fifo };

/// What an inode holds.
struct FileAttributes {
  FileType type = FileType::regular;
  std::uint8_t mark = 0;     ///< what FileTree::Options::mark said of a regular file, else 0
  std::uint32_t mode = 0755; ///< permission bits with setuid, setgid, sticky
  std::uint64_t size = 0;    ///< of a regular file, else 0
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::int64_t mtime_seconds = 0;
  std::uint32_t mtime_nanoseconds = 0;
  std::uint32_t layer = 0; ///< where its content comes from; 0 is the lowest
  std::size_t ordinal =
      0; ///< number of its content's entry in that layer's tar. Files with the same layer and ordinal are hard links
  std::string link_target; ///< of a symlink, as it is written there
  std::string capability;  ///< the xattr security.capability, raw; empty: none
};

/// One file of the merged tree. It knows its name and its folder, not its path: 200,000 files in a deep folder would
/// hold 4,000 bytes each. A test of the name comes before one of the path.
struct FileEntry : FileAttributes {
  std::string name;                  ///< the last part of the path; of the root ""
  const FileEntry* parent = nullptr; ///< the folder; of the root null

  /// Absolute in the image, without symlinks in its folders: "/usr/bin/openssl"; the root is "/".
  std::string path() const;
};

/// Files of the merged tree with their folders' children.
struct MergedTree {
  struct Children {
    std::uint32_t first = 0; ///< in `children`
    std::uint32_t count = 0;
  };
  std::vector<FileEntry> entries;      ///< the root first, every folder before what it holds, siblings in byte order
  std::vector<Children> children_of;   ///< of each entry
  std::vector<std::uint32_t> children; ///< numbers of entries, of each folder in byte order of their names
};

class FileTree {
public:
  struct Options {
    Bounds bounds = {};
    /// Looks at the first bytes of a regular file, at most `head_bytes` of them, and says in a byte what they are. The
    /// bytes themselves are not kept.
    std::size_t head_bytes = 0;
    std::function<std::uint8_t(std::span<const std::byte> head)> mark = {};
    /// Whether the content of a regular file is kept, by its name in the layer and its size, so that it need not be
    /// looked for in another pass; as long as half of max_kept_bytes lasts.
    std::function<bool(std::string_view name, std::uint64_t size)> keep = {};
  };

  /// Reads every layer of the image once; all digests and diff_ids are verified when it returns.
  static Result<FileTree> read(const LayerStack& image, const Options& options);
  static Result<FileTree> read(const LayerStack& image) { return read(image, Options{}); }
  /// The tree of the image, and that of `rest`, which is the image without its layer `left_out`; in one pass over them.
  struct Pair;
  static Result<Pair> read_with_and_without(const LayerStack& image, std::size_t left_out, const LayerStack& rest,
                                            const Options& options);

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
  /// The entries whose paths match an absolute pattern of a shell: *, ?, [set], none of them for a slash; in the order
  /// of their paths, at most `max` of them. A symlink in place of a folder is followed where the pattern gives its
  /// name.
  std::vector<const FileEntry*> match(std::string_view pattern, std::size_t max) const;
  const Bounds& bounds() const noexcept;

  /// The content of a regular file if it is kept; else null.
  const std::string* content(const FileEntry& entry) const;
  /// Keeps the content of these regular files too, in one pass over the layers that hold them. Those over `max_bytes`
  /// are left out. too_large where all that is kept comes to more than max_kept_bytes. For one thread at a time.
  Result<void> keep(const LayerStack& image, const std::vector<const FileEntry*>& files, std::uint64_t max_bytes) const;
  /// How often each layer was read, and inflated, for this tree; the tree's own pass counts.
  const std::vector<unsigned>& passes() const noexcept;

private:
  friend Result<void> visit_files(const LayerStack&, const FileTree&, const std::function<bool(const FileEntry&)>&,
                                  const std::function<Result<void>(const FileEntry&, Reader&)>&);
  struct Content;
  struct Growing;
  static Result<void> grow(const LayerStack& image, const Options& options,
                           const std::function<std::vector<Growing*>(std::size_t layer)>& trees_of);
  explicit FileTree(std::unique_ptr<Content> content);
  std::unique_ptr<Content> m_content;
};

struct FileTree::Pair {
  FileTree whole;
  FileTree rest;
};

/// Gives `visit` the content of every regular file that `wanted` says yes to, in the order in which the layers hold
/// them; a layer without any is not read. A file with several hard links is visited once, under the first of its wanted
/// paths. `visit` need not read to the end. What it saw is verified only when this function has returned without an
/// error.
Result<void> visit_files(const LayerStack& image, const FileTree& tree,
                         const std::function<bool(const FileEntry&)>& wanted,
                         const std::function<Result<void>(const FileEntry&, Reader&)>& visit);

/// The whole content of one file, a symlink at its end followed; not_found, or too_large over `max_bytes`. What the
/// tree does not keep costs a pass over the file's layer: whoever wants several files has them kept first.
Result<std::string> read_image_file(const LayerStack& image, const FileTree& tree, std::string_view path,
                                    std::uint64_t max_bytes);

} // namespace kif::oci
