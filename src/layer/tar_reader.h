// SPDX-License-Identifier: Apache-2.0
// Reads tar archives: ustar, PAX, GNU and the oldest form, as Go's archive/tar does, because images are made and read
// by programs in Go and the bytes must mean the same to both. It knows nothing of files: names are given as they stand
// in the archive.
//
// Not libarchive's reader: that one converts names by the process's locale, gives no offset of an entry's content, and
// has no bound of its own on the size of extended headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/reader.h"
#include "base/result.h"
#include "layer/tar_header.h"
#include "layer/tar_sparse.h"

namespace kif::oci {

/// A stream that can leave out bytes without reading them.
class SkippingReader : public Reader {
public:
  /// Fails where the stream has less than that.
  virtual Result<void> skip(std::uint64_t bytes) = 0;
};

enum class TarType { regular, hard_link, symlink, character_device, block_device, directory, fifo };

struct TarEntry {
  std::string name;
  TarType type = TarType::regular;
  std::uint64_t size = 0; ///< of a regular file, else 0; of a sparse one with its holes
  std::uint32_t mode = 0;
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::int64_t mtime_seconds = 0;
  std::uint32_t mtime_nanoseconds = 0;
  std::string link_target;
  std::string capability;        ///< the xattr security.capability, raw; empty: none
  std::uint64_t data_offset = 0; ///< of the content, in bytes from the start of the archive
  bool is_sparse = false;        ///< what lies at data_offset is not the content but parts of it
  std::uint64_t hole_bytes = 0;  ///< of `size`, what the archive does not hold
};

class TarReader final : public Reader {
public:
  /// `name` names the archive in errors. `max_header_bytes` bounds one PAX header or long name.
  TarReader(Reader& source, std::string name, std::size_t max_header_bytes);
  TarReader(SkippingReader& source, std::string name, std::size_t max_header_bytes);

  /// The next entry, or none at the end of the archive. What was left of the one before is skipped.
  Result<std::optional<TarEntry>> next();
  /// Content of the entry that next() gave last; holes of sparse files are zeros.
  Result<std::size_t> read(std::span<std::byte> buffer) override;

private:
  using Records = std::map<std::string, std::string>;
  // The content of a sparse file, as far as it was given.
  struct Sparse {
    std::vector<SparseExtent> extents;
    std::size_t next = 0; // extent that is being read or comes next
    std::uint64_t position = 0;
    std::uint64_t size = 0;
  };

  Error error_at(std::uint64_t offset, std::string_view reason) const;
  Result<std::size_t> fill();
  Result<std::size_t> read_stored(std::span<std::byte> buffer);
  Result<std::size_t> read_sparse(std::span<std::byte> buffer);
  Result<std::vector<SparseExtent>> read_sparse_map();
  Result<void> make_sparse(TarEntry& entry, const Records& records);
  Result<bool> read_block(std::span<std::byte, k_tar_block> block);
  Result<void> skip(std::uint64_t bytes);
  Result<void> skip_padding();
  Result<std::string> read_extension(std::uint64_t size);
  Result<Records> parse_records(const std::string& text) const;
  Result<TarEntry> finish_entry(TarHeader header, const Records& records, const std::string& long_name,
                                const std::string& long_link);

  Reader* m_source;
  SkippingReader* m_skipping = nullptr;
  std::string m_name;
  std::size_t m_max_header_bytes;
  std::vector<std::byte> m_buffer;
  std::span<const std::byte> m_ahead; // read from the source, not used yet
  std::uint64_t m_offset = 0;         // of the first byte of m_ahead
  std::uint64_t m_header_offset = 0;  // of the current header, for errors
  std::uint64_t m_content_left = 0;
  std::size_t m_padding = 0;
  std::optional<Sparse> m_sparse;
  bool m_at_end = false;
};

} // namespace kif::oci
