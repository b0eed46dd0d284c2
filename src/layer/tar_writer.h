// SPDX-License-Identifier: Apache-2.0
// Writes tar archives that are the same byte for byte wherever they are made: POSIX ustar, with PAX headers only where
// ustar has no room. Owners are numeric, times are given by the caller, entries stand in the order in which they are
// added.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/reader.h"
#include "base/result.h"

namespace kif::oci {

/// Attributes of one entry. The name is relative, without "./"; folders may end in a slash.
struct TarAttributes {
  std::string name;
  std::uint32_t mode = 0644;
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::int64_t mtime_seconds = 0;
};

class TarWriter {
public:
  using Sink = std::function<Result<void>(std::span<const std::byte>)>;
  explicit TarWriter(Sink sink) : m_sink(std::move(sink)) {}

  Result<void> add_directory(TarAttributes attributes);
  Result<void> add_symlink(TarAttributes attributes, const std::string& target);
  Result<void> add_file(TarAttributes attributes, std::string_view content);
  /// `content` must give exactly `size` bytes.
  Result<void> add_file(TarAttributes attributes, std::uint64_t size, Reader& content);
  /// The end of the archive: two empty blocks. Call once, last.
  Result<void> finish();
  /// Bytes written so far.
  std::uint64_t offset() const noexcept { return m_offset; }

private:
  Result<void> put(std::span<const std::byte> bytes);
  Result<void> put_header(const TarAttributes& attributes, char type, std::uint64_t size,
                          const std::string& link_target);
  Result<void> pad();

  Sink m_sink;
  std::uint64_t m_offset = 0;
};

} // namespace kif::oci
