// SPDX-License-Identifier: Apache-2.0
#include "elf/headers.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include <unistd.h>

namespace kif::elf {

ReadAt in_memory(std::span<const std::byte> content) {
  return [content](std::uint64_t offset, std::span<std::byte> into) {
    if (offset > content.size() || into.size() > content.size() - offset)
      return false;
    std::ranges::copy(content.subspan(static_cast<std::size_t>(offset), into.size()), into.begin());
    return true;
  };
}

ReadAt in_file(int fd) {
  return [fd](std::uint64_t offset, std::span<std::byte> into) {
    while (!into.empty()) {
      if (offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()))
        return false;
      const ssize_t count = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR)
        continue;
      if (count <= 0)
        return false;
      offset += static_cast<std::uint64_t>(count);
      into = into.subspan(static_cast<std::size_t>(count));
    }
    return true;
  };
}

Result<Headers> read_headers(const ReadAt& bytes) {
  Headers headers{};
  Elf64_Ehdr& file = headers.file;
  if (!bytes(0, std::as_writable_bytes(std::span(&file, 1))))
    return fail(ErrorCode::invalid_input, "it ends within its header");
  if (std::memcmp(file.e_ident, ELFMAG, SELFMAG) != 0 || file.e_ident[EI_CLASS] != ELFCLASS64 ||
      file.e_ident[EI_DATA] != ELFDATA2LSB)
    return fail(ErrorCode::unsupported, "not a 64-bit little-endian ELF file");
  if (file.e_phnum != 0 && file.e_phentsize != sizeof(Elf64_Phdr))
    return fail(ErrorCode::invalid_input, "its program headers have a wrong size");
  auto segments = read_table<Elf64_Phdr>(bytes, file.e_phoff, file.e_phnum);
  if (!segments)
    return fail(ErrorCode::invalid_input, "its program headers lie outside the file");
  headers.segments = *std::move(segments);
  return headers;
}

Result<std::vector<Elf64_Shdr>> read_sections(const ReadAt& bytes, const Elf64_Ehdr& file) {
  if (file.e_shoff == 0)
    return std::vector<Elf64_Shdr>();
  auto sections = file.e_shentsize == sizeof(Elf64_Shdr) || file.e_shnum == 0
                      ? read_table<Elf64_Shdr>(bytes, file.e_shoff, file.e_shnum)
                      : std::nullopt;
  if (!sections)
    return fail(ErrorCode::invalid_input, "its table of sections lies outside the file");
  return *std::move(sections);
}

bool has_no_loader(std::span<const std::byte> head) {
  const auto headers = read_headers(in_memory(head));
  if (!headers || headers->segments.empty() || (headers->file.e_type != ET_EXEC && headers->file.e_type != ET_DYN))
    return false;
  return std::ranges::none_of(headers->segments, [](const Elf64_Phdr& segment) { return segment.p_type == PT_INTERP; });
}

} // namespace kif::elf
