// SPDX-License-Identifier: Apache-2.0
// Programs of an image that libkif-random.so is not in. Looked up in the image's own files; the room that makes layers is
// not asked.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "oci/file_tree.h"
#include "verify/finding.h"

namespace kif::verify {

/// Of each file so much is looked at: the ELF header and the program headers are there.
inline constexpr std::size_t k_program_head_bytes = 4096;

struct ProgramsApart {
  std::vector<std::string> gaining_rights; ///< set-user-id, set-group-id, or with file capabilities
  std::vector<std::string> static_ones;    ///< no loader starts them
};

/// `tree` was read with k_program_head_bytes.
ProgramsApart find_programs_apart(const oci::FileTree& tree);

/// One finding for each kind. They tell, and do not judge: what such a program asked for is in the trace.
std::vector<Finding> describe(const ProgramsApart& programs);

} // namespace kif::verify
