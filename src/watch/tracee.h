// SPDX-License-Identifier: Apache-2.0
// What can be read about a thread that waits in a traced call: its memory, its open files, what a path means to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "watch/event.h"

namespace kif::watch {

/// Every answer is about the thread as it stands while its call waits; what is gone or refused is none. All content
/// comes from inside the container: bounded, never trusted. Tests put their own in its place.
class Tracee {
public:
  struct Identity {
    int pid = 0;
    std::string name;
    std::string executable;
  };

  Tracee() = default;
  Tracee(const Tracee&) = delete;
  Tracee& operator=(const Tracee&) = delete;
  virtual ~Tracee() = default;

  /// Fills all of `into` from the thread's memory, or gives false.
  virtual bool read_memory(int tid, std::uint64_t address, std::span<std::byte> into) const = 0;
  /// The text at `address` up to its NUL, of at most PATH_MAX bytes.
  virtual std::optional<std::string> read_path(int tid, std::uint64_t address) const = 0;
  /// Which source of randomness an open descriptor of the thread is.
  virtual std::optional<Source> source_of_descriptor(int tid, int fd) const = 0;
  /// Which source a path leads to, seen from the thread: its root, its working folder or `directory_fd`, its
  /// /proc/self.
  virtual std::optional<Source> source_of_path(int tid, int directory_fd, const std::string& path) const = 0;
  virtual Identity identify(int tid) const = 0;
  virtual int process_of(int tid) const = 0;
  /// Where the process's root is in the paths that this process reads of it. "/" where this process's own root is at
  /// the top of its mount name space; in a chroot the path to that, where the container's root took its place.
  virtual std::string root_of(int pid) const = 0;
  /// The instruction and the return addresses above it, without symbols.
  virtual std::vector<Frame> callers(int tid, std::uint64_t instruction_pointer) const = 0;
  /// The libc.so.6 in the folder of the loader that started the process's program; empty for one without a loader.
  virtual std::string own_libc(int pid) const = 0;
  /// A number that a process has from one execve to the next: where its stack begins. 0: unknown.
  virtual std::uint64_t stack_begin(int pid) const = 0;
};

/// Reads /proc of the host and the memory of the container's processes. Needs the rights of ptrace over them: root, or
/// the user whose user namespace the container has.
class ProcTracee final : public Tracee {
public:
  bool read_memory(int tid, std::uint64_t address, std::span<std::byte> into) const override;
  std::optional<std::string> read_path(int tid, std::uint64_t address) const override;
  std::optional<Source> source_of_descriptor(int tid, int fd) const override;
  std::optional<Source> source_of_path(int tid, int directory_fd, const std::string& path) const override;
  Identity identify(int tid) const override;
  int process_of(int tid) const override;
  std::string root_of(int pid) const override;
  std::vector<Frame> callers(int tid, std::uint64_t instruction_pointer) const override;
  std::string own_libc(int pid) const override;
  std::uint64_t stack_begin(int pid) const override;
};

/// Which source of randomness an open descriptor of this process is; O_PATH descriptors too.
std::optional<Source> source_of_own_descriptor(int fd);

} // namespace kif::watch
