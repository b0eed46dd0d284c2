// SPDX-License-Identifier: Apache-2.0
// Byte streams. Large content is never held whole: it passes through readers that bound and, in digest/, verify it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace kif {

/// A stream of bytes read once from front to back.
class Reader {
public:
  Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  virtual ~Reader() = default;

  /// Fills a front part of `buffer` (not empty) and returns its size; 0 is the end of the stream, and stays so.
  virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;
};

/// Reads a descriptor from where it stands. `name` names the source in errors.
class FdReader final : public Reader {
public:
  FdReader(UniqueFd fd, std::string name) : m_fd(std::move(fd)), m_name(std::move(name)) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override;

private:
  UniqueFd m_fd;
  std::string m_name;
};

/// Passes its source through, and fails with too_large as soon as that gives more than `max_bytes`.
class BoundedReader final : public Reader {
public:
  BoundedReader(std::unique_ptr<Reader> source, std::uint64_t max_bytes, std::string name)
      : m_source(std::move(source)), m_left(max_bytes), m_max(max_bytes), m_name(std::move(name)) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override;

private:
  std::unique_ptr<Reader> m_source;
  std::uint64_t m_left;
  std::uint64_t m_max;
  std::string m_name;
};

/// Reads `reader` to its end into a string of at most `max_bytes`. `name` names it in errors.
Result<std::string> read_to_end(Reader& reader, std::uint64_t max_bytes, const std::string& name);

} // namespace kif
