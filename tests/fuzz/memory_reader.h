// SPDX-License-Identifier: Apache-2.0
// Bytes in memory as a stream, in pieces of any size: what a parser makes of them must not depend on where they are
// cut.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "base/reader.h"
#include "layer/tar_reader.h"

namespace kif::fuzz {

/// Gives at most `piece` bytes at a time.
class MemoryReader final : public Reader {
public:
  MemoryReader(std::string_view content, std::size_t piece) : m_left(content), m_piece(piece) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t count = std::min({buffer.size(), m_piece, m_left.size()});
    std::ranges::copy(std::as_bytes(std::span(m_left.substr(0, count))), buffer.begin());
    m_left.remove_prefix(count);
    return count;
  }

private:
  std::string_view m_left;
  std::size_t m_piece;
};

/// The same, and passes over bytes without giving them.
class MemorySkipper final : public oci::SkippingReader {
public:
  explicit MemorySkipper(std::string_view content) : m_left(content) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t count = std::min(buffer.size(), m_left.size());
    std::ranges::copy(std::as_bytes(std::span(m_left.substr(0, count))), buffer.begin());
    m_left.remove_prefix(count);
    return count;
  }
  Result<void> skip(std::uint64_t bytes) override {
    if (bytes > m_left.size())
      return fail(ErrorCode::invalid_input, "cannot read x: truncated");
    m_left.remove_prefix(static_cast<std::size_t>(bytes));
    return {};
  }

private:
  std::string_view m_left;
};

/// What a stream gives: its content, and whether it ended well. Never more than `bound` and one buffer.
struct Stream {
  std::string content;
  bool is_whole = false;
  Error error = {ErrorCode::io, "cannot go on: over the bound"};
};

inline Stream read_stream(Reader& reader, std::size_t bound, std::size_t buffer_bytes = 4096) {
  Stream stream;
  std::string buffer(buffer_bytes, '\0');
  while (stream.content.size() <= bound) {
    const auto count = reader.read(std::as_writable_bytes(std::span(buffer)));
    if (!count)
      return stream.error = count.error(), stream;
    if (*count == 0)
      return stream.is_whole = true, stream;
    stream.content.append(buffer, 0, *count);
  }
  return stream;
}

} // namespace kif::fuzz
