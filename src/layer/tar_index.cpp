// SPDX-License-Identifier: Apache-2.0
#include "layer/tar_index.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layer/decompress.h"
#include "layer/file_tree.h"
#include "layer/tar_reader.h"

namespace kif::oci {
namespace {

// A part of a file, read without moving the descriptor's position, so that many can be read at once.
class RangeReader final : public SkippingReader {
public:
  RangeReader(std::shared_ptr<const UniqueFd> fd, std::uint64_t offset, std::uint64_t size, std::string name)
      : m_fd(std::move(fd)), m_offset(offset), m_left(size), m_name(std::move(name)) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), m_left));
    for (;;) {
      const ssize_t count = ::pread(m_fd->get(), buffer.data(), wanted, static_cast<off_t>(m_offset));
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return fail(system_error(errno, "cannot read " + m_name));
      m_offset += static_cast<std::uint64_t>(count);
      m_left -= static_cast<std::uint64_t>(count);
      return static_cast<std::size_t>(count);
    }
  }

  Result<void> skip(std::uint64_t bytes) override {
    if (bytes > m_left)
      return fail(ErrorCode::invalid_input, "cannot read " + m_name + ": truncated");
    m_offset += bytes;
    m_left -= bytes;
    return {};
  }

private:
  std::shared_ptr<const UniqueFd> m_fd;
  std::uint64_t m_offset;
  std::uint64_t m_left;
  std::string m_name;
};

// "./a//b/" and "a/b" are the same entry.
std::string plain_path(std::string_view name) {
  std::string path;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, end);
    if (!part.empty() && part != ".")
      path += (path.empty() ? "" : "/") + std::string(part);
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return path;
}

// Where a symlink leads, as a path in the archive. One that climbs out of it leads to no entry.
std::string join_link(const std::string& path, const std::string& target) {
  return std::filesystem::path(path).parent_path().append(target).lexically_normal().string();
}

Result<std::string> first_block(int fd, const std::string& name) {
  std::string block(k_tar_block, '\0');
  const ssize_t count = ::pread(fd, block.data(), block.size(), 0);
  if (count < 0)
    return fail(system_error(errno, "cannot read " + name));
  if (count == 0)
    return fail(ErrorCode::invalid_input, "cannot read " + name + ": the file is empty");
  block.resize(static_cast<std::size_t>(count));
  return block;
}

bool is_plain_tar(std::string_view start) {
  if (start.size() != k_tar_block)
    return false;
  const std::span<const std::byte, k_tar_block> block(reinterpret_cast<const std::byte*>(start.data()), k_tar_block);
  std::string_view reason;
  return is_empty_block(block) || parse_tar_header(block, reason);
}

Result<UniqueFd> decompress_to_temporary(UniqueFd fd, std::string_view start, const std::string& name) {
  KIF_TRY(auto compressed, decompress_archive(std::make_unique<FdReader>(std::move(fd), name), start, name));
  BoundedReader reader(std::move(compressed), Bounds().max_total_bytes, name);
  KIF_TRY(UniqueFd file, unnamed_temporary_file());
  std::vector<std::byte> buffer(256 * 1024);
  for (;;) {
    KIF_TRY(const std::size_t count, reader.read(buffer));
    if (count == 0)
      return file;
    KIF_CHECK(write_all(file.get(), std::span(buffer).first(count), "a temporary file for " + name));
  }
}

} // namespace

Result<TarIndex> TarIndex::read(const std::filesystem::path& file, std::string name) {
  // Without O_NONBLOCK the opening of a fifo would wait for a writer.
  auto opened = open_file(file, O_RDONLY | O_NONBLOCK);
  if (!opened)
    return fail(std::move(opened).error().with_context("cannot open " + name));
  UniqueFd fd = *std::move(opened);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0)
    return fail(system_error(errno, "cannot open " + name));
  if (!S_ISREG(status.st_mode))
    return fail(ErrorCode::invalid_input, "cannot open " + name + ": " + file.string() + " is not a regular file");
  KIF_TRY(const std::string start, first_block(fd.get(), name));
  if (!is_plain_tar(start)) {
    KIF_TRY(fd, decompress_to_temporary(std::move(fd), start, name));
  }
  TarIndex index(std::make_shared<const UniqueFd>(std::move(fd)), std::move(name));
  KIF_CHECK(index.scan());
  return index;
}

Result<void> TarIndex::scan() {
  struct stat status {};
  if (::fstat(m_fd->get(), &status) != 0)
    return fail(system_error(errno, "cannot read " + m_name));
  const Bounds bounds;
  RangeReader source(m_fd, 0, static_cast<std::uint64_t>(status.st_size), m_name);
  TarReader reader(source, m_name, bounds.max_header_bytes);
  std::uint64_t name_bytes = 0;
  for (std::uint64_t count = 0;; ++count) {
    KIF_TRY(auto entry, reader.next());
    if (!entry)
      return {};
    if (count == bounds.max_entries)
      return fail(ErrorCode::too_large,
                  "cannot read " + m_name + ": more than " + std::to_string(bounds.max_entries) + " entries");
    name_bytes += entry->name.size() + entry->link_target.size();
    if (name_bytes > bounds.max_name_bytes)
      return fail(ErrorCode::too_large, "cannot read " + m_name + ": its names are longer than " +
                                            std::to_string(bounds.max_name_bytes) + " bytes together");
    const std::string path = plain_path(entry->name);
    Entry noted{entry->data_offset, entry->size, {}, true, false};
    if (entry->type == TarType::symlink)
      noted.link_target = join_link(path, entry->link_target);
    else if (entry->type == TarType::hard_link)
      noted.link_target = plain_path(entry->link_target);
    else
      noted.is_file = entry->type == TarType::regular && !entry->is_sparse; // whose content does not lie in one piece
    const auto [place, is_new] = m_entries.emplace(path, std::move(noted));
    if (!is_new)
      place->second.is_twice = place->second.is_twice || place->second.is_file;
  }
}

Result<const TarIndex::Entry*> TarIndex::find(const std::string& path) const {
  const auto at = [&](const std::string& wanted) -> Result<const Entry*> {
    const auto found = m_entries.find(wanted);
    if (found == m_entries.end() || !found->second.is_file)
      return fail(ErrorCode::not_found, "cannot read " + m_name + ": it holds no file " + wanted);
    if (found->second.is_twice)
      return fail(ErrorCode::invalid_input, "cannot read " + m_name + ": it holds " + wanted + " twice");
    return &found->second;
  };
  KIF_TRY(const Entry* entry, at(path));
  if (entry->link_target.empty())
    return entry;
  KIF_TRY(entry, at(entry->link_target));
  if (!entry->link_target.empty())
    return fail(ErrorCode::invalid_input, "cannot read " + m_name + ": " + path + " is a link to a link");
  return entry;
}

Result<std::unique_ptr<Reader>> TarIndex::open(const std::string& path) const {
  KIF_TRY(const Entry* entry, find(path));
  return std::make_unique<RangeReader>(m_fd, entry->offset, entry->size, path + " in " + m_name);
}

Result<std::uint64_t> TarIndex::size(const std::string& path) const {
  KIF_TRY(const Entry* entry, find(path));
  return entry->size;
}

} // namespace kif::oci
