// SPDX-License-Identifier: Apache-2.0
#include "verify/apart.h"

#include <algorithm>
#include <string_view>

#include "elf/file.h"
#include "elf/headers.h"
#include "verify/probe_output.h"

namespace kif::verify {
namespace {

constexpr std::uint32_t k_set_id_bits = 06000;
constexpr std::uint32_t k_execute_bits = 0111;
constexpr std::size_t k_max_named = 20;
constexpr std::size_t k_head_bytes = 4096; // the ELF header and the program headers are there

bool is_shared_library(std::string_view name) {
  return name.ends_with(".so") || name.find(".so.") != std::string_view::npos;
}

bool is_static_program(const oci::FileEntry& entry) {
  return (entry.mark & k_static_mark) != 0 && (entry.mode & k_execute_bits) != 0 && !is_shared_library(entry.name);
}

Finding tell(const char* id, const char* title, const std::vector<std::string>& paths) {
  Finding finding{
      .id = id, .title = title, .outcome = Outcome::pass, .kind = Kind::verified, .evidence = {}, .essential = false};
  for (std::size_t i = 0; i < std::min(paths.size(), k_max_named); ++i)
    finding.evidence.push_back(in_one_line(paths[i], 200));
  if (paths.size() > k_max_named)
    finding.evidence.push_back("and " + std::to_string(paths.size() - k_max_named) + " more");
  if (paths.empty())
    finding.evidence.emplace_back("none");
  return finding;
}

} // namespace

bool is_unreadable_for_some(std::uint32_t mode) noexcept {
  return (mode & k_execute_bits & ~(mode >> 2U)) != 0;
}

oci::FileTree::Options program_tree_options() {
  oci::FileTree::Options options;
  options.head_bytes = k_head_bytes;
  options.mark = [](std::span<const std::byte> head) {
    const unsigned mark = (elf::is_elf(head) ? k_elf_mark : 0U) | (elf::has_no_loader(head) ? k_static_mark : 0U);
    return static_cast<std::uint8_t>(mark);
  };
  return options;
}

ProgramsApart find_programs_apart(const oci::FileTree& tree) {
  ProgramsApart found;
  for (const oci::FileEntry& entry : tree.entries()) {
    if (entry.type != oci::FileType::regular)
      continue;
    if ((entry.mode & k_set_id_bits) != 0 || !entry.capability.empty())
      found.gaining_rights.push_back(entry.path());
    if (is_static_program(entry))
      found.static_ones.push_back(is_unreadable_for_some(entry.mode)
                                      ? entry.path() + ": no read permission, so that kif-init may not give it bytes"
                                      : entry.path());
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
