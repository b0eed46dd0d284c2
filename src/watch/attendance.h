// SPDX-License-Identifier: Apache-2.0
// A container's program that may stay up, as a service does: waited for until it is ready, exercised by clients, and
// ended after its time as an engine ends it.
#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <poll.h>

#include "base/process.h"
#include "base/result.h"

namespace kif::watch {

struct Attendance {
  std::chrono::milliseconds lifetime{10'000}; ///< from when it is ready to the stop signal; clients are waited for
  int stop_signal = SIGTERM;                  ///< to the container's first process
  std::chrono::milliseconds grace{10'000};    ///< from the stop signal to the kill
  /// Ready: something listens at this TCP port in its network name space; or this text came on its stdout or stderr.
  /// Neither: as soon as there is a container.
  std::optional<std::uint16_t> ready_port = {};
  std::string ready_line = {};
  std::vector<std::string> others_lines = {}; ///< a line that begins so is not the program's: it makes nothing ready
  std::chrono::milliseconds ready_patience{60'000}; ///< passed: it is stopped, and was not ready
  /// Shell commands of this machine, run one after another in the container's network name space once it is ready.
  std::vector<std::string> exercises = {};
  std::chrono::milliseconds exercise_patience{60'000}; ///< of each
};

struct ExerciseResult {
  std::string command;
  std::string failure; ///< empty, or why it has no exit code
  int exit_code = 0;
  std::string output; ///< stdout, then stderr; at most 4 KiB of each
  bool passed() const noexcept { return failure.empty() && exit_code == 0; }
};

struct Attended {
  bool ready = false;
  bool stopped = false;                       ///< it was up when its time was over, and ended by the signal
  bool killed = false;                        ///< or did not end by that, and was killed
  std::vector<ExerciseResult> exercises = {}; ///< those that were begun
  bool stayed_up() const noexcept { return stopped || killed; }
};

/// Whether a table as /proc/PID/net/tcp and tcp6 are (proc(5)) has a socket that listens at the port.
bool listens(std::string_view table, std::uint16_t port);

/// Does what is due, each time that its owner's loop comes round. One thread.
class Attendant {
public:
  using Clock = std::chrono::steady_clock;

  /// `pid_file`: where `runtime`, which runs the container, writes the number of its first process.
  Attendant(const Attendance& wishes, const ChildProcess& runtime, std::filesystem::path pid_file,
            Clock::time_point now);

  /// `out` and `err`: all that the program has written.
  void step(std::string_view out, std::string_view err, Clock::time_point now);
  /// When to come round again at the latest.
  Clock::time_point wakes_at() const noexcept { return m_wakes_at; }
  /// And when one of these is ready: the client's end and its outputs.
  std::array<pollfd, 3> waits() const;
  /// The kill had no effect either.
  bool is_at_its_end() const noexcept { return m_phase == Phase::lost; }
  /// The container has ended. A client that still runs may finish for a moment.
  Attended finish();

private:
  enum class Phase { starting, waiting, exercising, staying, stopping, killing, lost };

  void find_first_process();
  bool is_ready(std::string_view out, std::string_view err);
  bool has_line(std::string_view text, std::size_t& looked_at) const;
  bool is_others(std::string_view line) const;
  void exercise(Clock::time_point now);
  void begin_exercise(Clock::time_point now);
  void end_exercise(std::string failure);
  void stop(int signal, Phase phase, Clock::time_point until);

  const Attendance& m_wishes;
  const ChildProcess& m_runtime;
  std::filesystem::path m_pid_file;
  Phase m_phase = Phase::starting;
  Clock::time_point m_until; ///< of the phase
  Clock::time_point m_wakes_at;
  int m_pid = -1;
  UniqueFd m_process; ///< pidfd of the container's first process
  std::size_t m_looked_at_out = 0;
  std::size_t m_looked_at_err = 0;
  std::unique_ptr<ChildProcess> m_client;
  std::string m_client_out;
  std::string m_client_err;
  Clock::time_point m_client_until;
  Clock::time_point m_stays_until;
  Attended m_attended;
};

} // namespace kif::watch
