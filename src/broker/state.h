// SPDX-License-Identifier: Apache-2.0
// Whether random bytes are served in this container, why not, and what was done so far: asked of the running broker, on
// a socket of its own, whose thread waits for nothing else. So the answer comes also while the DRBG's process hangs.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "broker/generator_report.h"
#include "broker/protocol.h"

namespace kif::broker {

enum class State : std::uint32_t {
  checking, ///< the container's first checks run; the application is not started yet
  ready,    ///< random bytes are served
  degraded, ///< requests wait: the DRBG's process is being replaced, or does not answer
  failed,   ///< requests are refused at once
};
inline constexpr std::array k_states = {State::checking, State::ready, State::degraded, State::failed};
std::string_view to_string(State state) noexcept;

/// Processes with the DRBG that ended, by why.
struct GeneratorEnds {
  std::uint64_t died = 0;   ///< by a signal or by itself: a crash, no memory
  std::uint64_t hung = 0;   ///< did not answer in time, and was killed
  std::uint64_t source = 0; ///< could not draw: its seed source had failed
  std::uint64_t checks = 0; ///< its checks did not pass
};

/// One packet on the state's socket, sent to who connects; then the connection ends.
struct StateReport {
  std::uint32_t magic = k_magic;
  State state = State::checking;
  std::int64_t since_unix_s = 0;     ///< when this state began
  std::int64_t last_draw_unix_s = 0; ///< when the DRBG gave bytes last; 0: never
  Counters counters;
  GeneratorEnds ends;
  GeneratorReport generator; ///< the numbers: of all generators together
  Text<512> reason{};        ///< why the state is what it is; empty where it is ready

  static constexpr std::uint32_t k_magic = 0x4b49'4653; // "KIFS"
};

/// The state and its reason, set by one thread and read by others.
class StateBoard {
public:
  void set(State state, std::string reason);
  State state() const;
  /// Fills in state, reason and time.
  void describe(StateReport& report) const;

private:
  mutable std::mutex m_mutex;
  State m_state = State::ready;
  std::string m_reason;
  std::int64_t m_since_unix_s = 0;
};

std::int64_t unix_time_s() noexcept;

/// The state's socket, named beside the broker's and listening: who connects before serve_state() waits for it.
Result<UniqueFd> name_state_socket();

/// Answers for ever. Processes outside the container are turned away.
[[noreturn]] void serve_state(int socket, const std::function<StateReport()>& report);

/// What this container's broker says of itself. A report of State::checking where it does not answer in `limit_ms`: it
/// is named before the checks and answers after them. not_found: there is none.
Result<StateReport> ask_for_state(int limit_ms);

/// Has the broker draw a few bytes from the DRBG and throw them away. Nothing, or why it did not: timeout, denied
/// (refused), not_found.
Result<void> probe_broker(int limit_ms);

} // namespace kif::broker
