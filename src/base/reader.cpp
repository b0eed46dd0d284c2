// SPDX-License-Identifier: Apache-2.0
#include "base/reader.h"

#include <cerrno>
#include <vector>

#include <unistd.h>

namespace kif {
namespace {

Error over_bound(const std::string& name, std::uint64_t max_bytes) {
  return {ErrorCode::too_large,
          "cannot read " + name + ": larger than the bound of " + std::to_string(max_bytes) + " bytes"};
}

} // namespace

Result<std::size_t> FdReader::read(std::span<std::byte> buffer) {
  for (;;) {
    const ssize_t count = ::read(m_fd.get(), buffer.data(), buffer.size());
    if (count >= 0)
      return static_cast<std::size_t>(count);
    if (errno != EINTR)
      return fail(system_error(errno, "cannot read " + m_name));
  }
}

Result<std::size_t> BoundedReader::read(std::span<std::byte> buffer) {
  KIF_TRY(const std::size_t count, m_source->read(buffer));
  if (count > m_left)
    return fail(over_bound(m_name, m_max));
  m_left -= count;
  return count;
}

Result<std::string> read_to_end(Reader& reader, std::uint64_t max_bytes, const std::string& name) {
  std::string content;
  std::vector<std::byte> buffer(64 * 1024);
  for (;;) {
    KIF_TRY(const std::size_t count, reader.read(buffer));
    if (count == 0)
      return content;
    if (content.size() + count > max_bytes)
      return fail(over_bound(name, max_bytes));
    content.append(reinterpret_cast<const char*>(buffer.data()), count);
  }
}

} // namespace kif
