// SPDX-License-Identifier: Apache-2.0
// One container: what is to be run, and in which of the four ways.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kif::watch {

enum class Mode {
  plain,   ///< as any runtime runs it
  deny,    ///< getrandom is refused, the random devices are there but refuse every open
  trace,   ///< everything works, and every use of the kernel's randomness is recorded
  refused, ///< everything works, and what OpenSSL does not offer to those who ask for it is recorded
};

/// What a denied getrandom gives. Programs differ in what they do next: ENOSYS sends some to a device in silence, EPERM
/// stops them. `unanswered` gives ENOSYS too, but lets a listener inside the container (kif-init's catch-all) answer in
/// the kernel's place: an error from outside would be stronger than any listener.
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
  bool grants_rights = false; ///< its setuid bit and file capabilities count; else the mount takes them away
};

/// What a container may take of the machine at most. 0: no bound.
struct Bounds {
  std::uint64_t memory_bytes = 0;  ///< of all its processes, with what they wrote in memory, and swap
  std::uint64_t processes = 0;     ///< and threads, at a time
  std::uint64_t written_bytes = 0; ///< in its writable layer
  std::uint64_t written_files = 0; ///< and folders
  std::uint64_t file_bytes = 0;    ///< in one file, wherever it is
};

/// Where a container's writes go instead of into its root (overlayfs): a file system in memory, which is there for its
/// runtime and for what that runs, and goes with them.
struct WritableLayer {
  std::filesystem::path folder;           ///< where it is mounted: absolute, empty
  std::filesystem::path seen_by_kif = {}; ///< the same for kif, which is not in the runtime's mount name space
  std::filesystem::path upper() const { return folder / "upper"; } ///< what was written
  std::filesystem::path work() const { return folder / "work"; }   ///< the kernel's own
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
  std::optional<WritableLayer> writable = {}; ///< the root stays as it is, and can be written to all the same
  Bounds bounds = {};
  bool capabilities = true; ///< the usual runtime's set without CAP_MKNOD; false: none at all
  bool no_new_privileges = false;
  bool unconfined = false; ///< what engines refuse by default is allowed
  std::vector<BindMount> binds = {};
  std::vector<std::string> tmpfs = {}; ///< folders in the container
};

} // namespace kif::watch
