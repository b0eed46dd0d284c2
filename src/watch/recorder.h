// SPDX-License-Identifier: Apache-2.0
// Turns notifications into events: which of the calls that wait ask the kernel for randomness, for how much, and from
// where.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/result.h"
#include "watch/event.h"
#include "watch/notification.h"
#include "watch/program_start.h"
#include "watch/tracee.h"

namespace kif::watch {

/// What a trace saw. Events after the first `k_max_events` are counted, not kept.
struct Trace {
  static constexpr std::size_t k_max_events = 100'000;
  static constexpr std::size_t k_max_starts = 1000;

  bool started = false; ///< the container's program was seen to start: only then does silence mean anything
  std::vector<Event> events;
  std::uint64_t notifications = 0;  ///< calls that waited for kif, of any kind
  std::uint64_t dropped = 0;        ///< events over the bound
  std::uint64_t unread = 0;         ///< calls that could not be read, or are not known: what they opened is not known
  std::vector<ProgramStart> starts; ///< with variables that lead OpenSSL, each once; the first k_max_starts
  std::string failure;              ///< empty, or why the trace ended before the container did
};

/// Threads: one thread calls handle(); another may call nothing before that has ended.
class Recorder {
public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  Recorder(const Tracee& tracee, Clock clock = std::chrono::steady_clock::now);

  /// The container's first process. Nothing is recorded before its first execve: until then it is the runtime's code
  /// that runs.
  void set_container_process(int pid) noexcept { m_container_process = pid; }

  /// Called with that process's thread while it waits at its first execve.
  void set_at_start(std::function<void(int)> call) { m_at_start = std::move(call); }

  /// Records what the call asks of the kernel's randomness, and lets it go on.
  Result<void> handle(NotificationPort& port, const Notification& notification);

  Trace& trace() noexcept { return m_trace; }

private:
  struct Finding {
    Act act;
    Source source;
    std::uint64_t bytes;
    std::uint32_t flags;
  };

  std::optional<Finding> examine(const Notification& notification, Call call);
  std::optional<Finding> examine_open(const Notification& notification, Call call);
  std::optional<Finding> examine_read(const Notification& notification, Call call) const;
  std::optional<Finding> examine_bind(const Notification& notification) const;
  std::uint64_t sum_of_vector(const Notification& notification) const;
  void examine_and_record(NotificationPort& port, const Notification& notification);
  void note_start(const Notification& notification, bool by_descriptor);
  void note_variables(const Notification& notification, bool by_descriptor);
  void record(NotificationPort& port, const Notification& notification, const Finding& finding);
  void strip_root(std::string& path) const;

  const Tracee& m_tracee;
  Clock m_clock;
  CallTable m_calls;
  int m_container_process = 0;
  using Start = std::pair<int, std::uint64_t>; ///< a process, and Tracee::stack_begin()
  std::set<Start> m_asked_like_malloc;
  std::optional<Start> m_asker; ///< of the event that was recorded last, where it is like malloc's
  std::string m_root; ///< of the container, in paths that this process reads; empty: they are the container's own
  std::function<void(int)> m_at_start;
  std::chrono::steady_clock::time_point m_start;
  Trace m_trace;
};

} // namespace kif::watch
