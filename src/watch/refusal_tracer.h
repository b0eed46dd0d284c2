// SPDX-License-Identifier: Apache-2.0
// Stops a container's threads where OpenSSL raises an error, and reads which request was refused.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "watch/breakpoint.h"
#include "watch/container.h"
#include "watch/refusals.h"
#include "watch/tracee.h"

namespace kif::watch {

/// Traces by ptrace, from one thread of its own. When kif goes, the kernel kills what is traced: breakpoints stand in
/// its code. For amd64.
class RefusalTracer {
public:
  static constexpr bool k_works_here =
#if defined(__x86_64__)
      true;
#else
      false;
#endif

  /// `container` must outlive it.
  explicit RefusalTracer(const Container& container) : m_container(container) {}
  RefusalTracer(const RefusalTracer&) = delete;
  RefusalTracer& operator=(const RefusalTracer&) = delete;
  ~RefusalTracer();

  /// Traces the thread, which waits at its execve, and all that comes from it. Comes back once that is so. Once.
  void attach(int tid) noexcept;

  /// Waits until all that is traced has ended. What was seen, without symbols; no second call.
  Refusals finish();

private:
  /// One of OpenSSL's two functions through which every error goes.
  struct Place {
    std::uint64_t offset = 0; ///< in the file
    std::uint64_t bytes = 0;
    std::optional<FirstInstruction> instruction = {}; ///< once a breakpoint was set
  };
  /// What is known of a mapped file: its ERR_set_error and ERR_vset_error.
  using File = std::array<std::optional<Place>, 2>;

  void follow() noexcept;
  void handle_stop(int tid, int status);
  bool handle_trap(int tid);
  void set_breakpoints(int tid);
  bool set_breakpoint(int tid, std::uint64_t address, Place& place);
  File file_at(const std::string& path) const;
  void record(int tid, RaisedError error, std::uint64_t instruction, std::uint64_t stack);
  std::string text_at(int tid, std::uint64_t address, std::size_t max_bytes) const;

  const Container& m_container;
  ProcTracee m_tracee;
  std::map<std::string, File> m_files; ///< by the path in the container
  std::chrono::steady_clock::time_point m_start;
  Refusals m_refusals;
  std::thread m_thread;
};

} // namespace kif::watch
