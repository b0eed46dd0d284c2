// SPDX-License-Identifier: Apache-2.0
// Waits for the runtime to hand over a container's seccomp listener, and serves it until the container has ended.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "watch/notification.h"
#include "watch/recorder.h"
#include "watch/tracee.h"

namespace kif::watch {

/// The unix socket that a seccomp profile names as its listenerPath (runtime-spec, config-linux.md, "seccomp"), and the
/// one thread behind it. The thread takes every listener that comes (a later `runc exec` brings another) and answers
/// all their calls.
///
/// When this object, or kif itself, goes before the container does, the kernel lets every traced call of the container
/// fail with ENOSYS: nothing hangs, and nothing goes on unseen.
class TraceListener {
public:
  /// `at_start`: Recorder::set_at_start(), on the listener's thread. `socket_path` must be shorter than 108 bytes
  /// (unix(7)).
  static Result<std::unique_ptr<TraceListener>> start(const std::filesystem::path& socket_path,
                                                      std::function<void(int)> at_start = {});
  TraceListener(const TraceListener&) = delete;
  TraceListener& operator=(const TraceListener&) = delete;
  ~TraceListener();

  /// Ends the thread, once what already waits is answered. What was seen; no second call.
  Trace finish();

  /// For start().
  TraceListener(UniqueFd socket, UniqueFd stop);

private:
  void serve() noexcept;
  Result<void> serve_until_stopped();
  Result<void> take_listener();
  Result<void> answer(KernelPort& port);

  UniqueFd m_socket;
  UniqueFd m_stop; ///< eventfd
  ProcTracee m_tracee;
  Recorder m_recorder;
  std::vector<std::unique_ptr<KernelPort>> m_ports;
  std::thread m_thread;
};

/// The process that a runtime's message to the listener is about: `pid` of the container process state
/// (runtime-spec, config-linux.md, "The Container Process State").
Result<int> parse_container_process_state(std::string_view json);

} // namespace kif::watch
