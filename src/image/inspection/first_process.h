// SPDX-License-Identifier: Apache-2.0
// Whether what an image starts insists on being process 1, which is kif-init in a hardened image: s6-overlay's /init,
// systemd, other init programs, scripts that look at their own number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "layer/file_tree.h"
#include "oci/image_config.h"

namespace kif::image {

/// The largest of programs and of scripts that are looked at.
inline constexpr std::uint64_t k_max_first_program_bytes = 64ULL * 1024 * 1024;
inline constexpr std::uint64_t k_max_first_script_bytes = 1024ULL * 1024;

/// The file that would be process 1: the first program of the image's entrypoint (else of its command); of a shell's
/// -c, the program that it runs.
struct FirstProgram {
  std::string name; ///< as the image calls it
  const oci::FileEntry* file = nullptr;
};

/// The last part of its name, which its file has too if no link is in between; empty: the image names none.
std::string first_program_file_name(const oci::ImageConfig& config);
/// None where there is nothing to look at: no such file, too large a one, an image that sets KIF_PROCESS_1 itself.
std::optional<FirstProgram> find_first_program(const oci::ImageConfig& config, const oci::FileTree& tree);
/// A warning with what to do, if that program may insist on being process 1. What a script starts later, or a command
/// given at run time, is not seen.
std::optional<std::string> first_process_warning(const FirstProgram& program, std::string_view content);

/// What the text of a program or script says of process 1, as a reason to name; empty: nothing. `name` is the file's
/// own.
std::string insists_on_first_process(std::string_view name, std::string_view content);

} // namespace kif::image
