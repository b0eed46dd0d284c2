// SPDX-License-Identifier: Apache-2.0
// Turns notifications into events: which of the calls that wait ask the kernel for randomness, for how much, and from
// where.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "watch/event.h"
#include "watch/notification.h"
#include "watch/tracee.h"

namespace kif::watch {

/// What a trace saw. Events after the first `k_max_events` are counted, not kept.
struct Trace {
  static constexpr std::size_t k_max_events = 100'000;

  bool started = false; ///< the container's program was seen to start: only then does silence mean anything
  std::vector<Event> events;
  std::uint64_t notifications = 0; ///< calls that waited for kif, of any kind
  std::uint64_t dropped = 0;       ///< events over the bound
  std::uint64_t unread = 0;        ///< calls that could not be read, or are not known: what they opened is not known
  std::string failure;             ///< empty, or why the trace ended before the container did
};

/// Threads: one thread calls handle(); another may call nothing before that has ended.
class Recorder {
public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  Recorder(const Tracee& tracee, Clock clock = std::chrono::steady_clock::now);

  /// The container's first process. Nothing is recorded before its first execve: until then it is the runtime's code
  /// that runs.
  void set_container_process(int pid) noexcept { m_container_process = pid; }

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
  void note_start(const Notification& notification);
  void record(NotificationPort& port, const Notification& notification, const Finding& finding);

  const Tracee& m_tracee;
  Clock m_clock;
  CallTable m_calls;
  int m_container_process = 0;
  std::chrono::steady_clock::time_point m_start;
  Trace m_trace;
};

} // namespace kif::watch
