// SPDX-License-Identifier: Apache-2.0
#include "elf/structure.h"

#include <algorithm>

#include "elf/headers.h"

namespace kif::elf {
namespace {

bool holds(std::span<const std::byte> content, std::uint64_t offset, std::uint64_t size) {
  return offset <= content.size() && size <= content.size() - offset;
}

std::string damage_of_segment(std::span<const std::byte> content, const Elf64_Phdr& segment) {
  if (!holds(content, segment.p_offset, segment.p_filesz))
    return "a segment lies outside the file";
  if (segment.p_type == PT_LOAD && segment.p_filesz > segment.p_memsz)
    return "a segment is larger in the file than in memory";
  // elf(5), p_align: the place in the file and in memory are the same but for whole pages.
  if (segment.p_type == PT_LOAD && segment.p_align > 1 &&
      segment.p_vaddr % segment.p_align != segment.p_offset % segment.p_align)
    return "a segment lies aslant";
  return {};
}

bool is_in_file(const Elf64_Shdr& section) {
  return section.sh_type != SHT_NULL && section.sh_type != SHT_NOBITS;
}

struct Tables {
  std::string damage = {};
  Elf64_Ehdr file = {};
  std::vector<Elf64_Shdr> sections = {};
};

Tables read_whole(std::span<const std::byte> content) {
  const ReadAt bytes = in_memory(content);
  const auto headers = read_headers(bytes);
  if (!headers)
    return {headers.error().message};
  for (const Elf64_Phdr& segment : headers->segments)
    if (std::string damage = damage_of_segment(content, segment); !damage.empty())
      return {std::move(damage)};
  auto sections = read_sections(bytes, headers->file);
  if (!sections)
    return {sections.error().message};
  if (!sections->empty() && headers->file.e_shstrndx >= sections->size())
    return {"the names of its sections lie outside the file"};
  for (const Elf64_Shdr& section : *sections)
    if (is_in_file(section) && !holds(content, section.sh_offset, section.sh_size))
      return {"a section lies outside the file"};
  return {{}, headers->file, *std::move(sections)};
}

} // namespace

std::string structural_damage(std::span<const std::byte> content) {
  return read_whole(content).damage;
}

std::optional<std::uint64_t> section_at(std::span<const std::byte> content, std::string_view name, std::uint64_t size) {
  const Tables tables = read_whole(content);
  if (tables.sections.empty())
    return std::nullopt;
  // What is not in the file was not looked at and may say anything.
  const Elf64_Shdr& names = tables.sections[tables.file.e_shstrndx];
  if (!is_in_file(names))
    return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
  const auto is_wanted = [&](const Elf64_Shdr& section) {
    if (!is_in_file(section) || section.sh_size != size || section.sh_name >= names.sh_size)
      return false;
    const std::string_view rest = text.substr(names.sh_offset + section.sh_name, names.sh_size - section.sh_name);
    return rest.substr(0, rest.find('\0')) == name;
  };
  const auto found = std::ranges::find_if(tables.sections, is_wanted);
  return found == tables.sections.end() ? std::nullopt : std::optional<std::uint64_t>(found->sh_offset);
}

} // namespace kif::elf
