// SPDX-License-Identifier: Apache-2.0
#include "verify/apart.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <elf.h>

#include "verify/probe_output.h"

namespace kif::verify {
namespace {

constexpr std::uint32_t k_set_id_bits = 06000;
constexpr std::uint32_t k_execute_bits = 0111;
constexpr std::size_t k_max_named = 20;

bool is_shared_library(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.ends_with(".so") || name.find(".so.") != std::string_view::npos;
}

/// A 64-bit little-endian program without a loader's name in it. A program whose headers lie behind the head is taken for
/// one with a loader: linkers put them in front.
bool is_static_program(const oci::FileEntry& entry) {
  Elf64_Ehdr header{};
  if ((entry.mode & k_execute_bits) == 0 || entry.head.size() < sizeof header || is_shared_library(entry.path))
    return false;
  std::memcpy(&header, entry.head.data(), sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB || (header.e_type != ET_EXEC && header.e_type != ET_DYN) ||
      header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0)
    return false;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    const std::uint64_t at = header.e_phoff + i * sizeof(Elf64_Phdr);
    if (at > entry.head.size() || entry.head.size() - at < sizeof(Elf64_Phdr))
      return false;
    Elf64_Phdr program{};
    std::memcpy(&program, entry.head.data() + at, sizeof program);
    if (program.p_type == PT_INTERP)
      return false;
  }
  return true;
}

Finding tell(const char* id, const char* title, const std::vector<std::string>& paths) {
  Finding finding{
      .id = id, .title = title, .outcome = Outcome::pass, .kind = Kind::verified, .evidence = {}, .essential = false};
  for (std::size_t i = 0; i < std::min(paths.size(), k_max_named); ++i)
    finding.evidence.push_back(cleaned(paths[i], 200));
  if (paths.size() > k_max_named)
    finding.evidence.push_back("and " + std::to_string(paths.size() - k_max_named) + " more");
  if (paths.empty())
    finding.evidence.emplace_back("none");
  return finding;
}

} // namespace

ProgramsApart find_programs_apart(const oci::FileTree& tree) {
  ProgramsApart found;
  for (const oci::FileEntry& entry : tree.entries()) {
    if (entry.type != oci::FileType::regular)
      continue;
    if ((entry.mode & k_set_id_bits) != 0 || !entry.capability.empty())
      found.gaining_rights.push_back(entry.path);
    if (is_static_program(entry))
      found.static_ones.push_back(entry.path);
  }
  return found;
}

std::vector<Finding> describe(const ProgramsApart& programs) {
  return {tell("LIVE-IMAGE-GAINING-RIGHTS",
               "named: programs that gain rights (setuid, file capabilities), from which libkif-random.so stays away",
               programs.gaining_rights),
          tell("LIVE-IMAGE-STATIC", "named: static programs, whose random bytes come by the catch-all alone",
               programs.static_ones)};
}

} // namespace kif::verify
