// SPDX-License-Identifier: Apache-2.0
// Programs of an image that libkif-random.so is not in. Looked up in the image's own files; the room that makes layers
// is not asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "layer/file_tree.h"
#include "verify/findings/finding.h"

namespace kif::verify {

/// Bits of a file's mark.
inline constexpr std::uint8_t k_static_mark = 1; ///< names no loader
inline constexpr std::uint8_t k_elf_mark = 2;

/// How the tree for find_programs_apart() must have been read: ELF files are marked, and static programs.
oci::FileTree::Options program_tree_options();

struct ProgramsApart {
  std::vector<std::string> gaining_rights; ///< set-user-id, set-group-id, or with file capabilities
  std::vector<std::string> static_ones;    ///< no loader starts them; with a word where one cannot be served
};

/// Whether somebody may run a file of these permissions and not read it. Nobody of the container may then write to its
/// process, which the kernel makes not dumpable (fs/exec.c, would_dump()): the catch-all's bytes cannot be put there.
bool is_unreadable_for_some(std::uint32_t mode) noexcept;

/// `tree` was read with program_tree_options().
ProgramsApart find_programs_apart(const oci::FileTree& tree);

/// One finding for each kind. They tell, and do not judge: what such a program asked for is in the trace.
std::vector<Finding> describe(const ProgramsApart& programs);

} // namespace kif::verify
