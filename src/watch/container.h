// SPDX-License-Identifier: Apache-2.0
// One container: what is to be run, and in which of the three ways.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kif::watch {

enum class Mode {
  plain, ///< as any runtime runs it
  deny,  ///< getrandom is refused, the random devices are there but refuse every open
  trace, ///< everything works, and every use of the kernel's randomness is recorded
};

/// What a denied getrandom gives. Programs differ in what they do next: ENOSYS sends some to a device in silence, EPERM
/// stops them. `unanswered` gives ENOSYS too, but lets a listener inside the container (kif-init's catch-all) answer in the
/// kernel's place: an error from outside would be stronger than any listener.
enum class Denial { enosys, eperm, unanswered };
std::string_view to_string(Denial denial) noexcept; ///< "ENOSYS", "EPERM", "unanswered"

/// Numbers as the container counts.
struct User {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups = {};
};

struct BindMount {
  std::filesystem::path source; ///< absolute, on the host
  std::string destination;      ///< absolute, in the container
  bool read_only = true;
};

struct Container {
  std::filesystem::path root;           ///< the unpacked image; the runtime makes missing mount points in it
  std::vector<std::string> arguments;   ///< argv
  std::vector<std::string> environment; ///< "NAME=value"
  std::string working_directory = "/";
  User user = {};
  Mode mode = Mode::plain;
  Denial denial = Denial::enosys;
  bool read_only_root = false;
  bool capabilities = true; ///< the usual runtime's set without CAP_MKNOD; false: none at all
  bool no_new_privileges = false;
  std::vector<BindMount> binds = {};
  std::vector<std::string> tmpfs = {}; ///< folders in the container
};

} // namespace kif::watch
