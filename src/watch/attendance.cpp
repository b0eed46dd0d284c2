// SPDX-License-Identifier: Apache-2.0
#include "watch/attendance.h"

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "watch/bundle.h"

namespace kif::watch {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds k_tick{20}; // nobody tells of a pid file or a socket that listens
constexpr milliseconds k_kill_patience{15'000};
constexpr milliseconds k_last_moment{2'000}; // for a client whose last request ended the program
constexpr std::size_t k_max_client_bytes = 4096;
constexpr std::uint64_t k_max_table_bytes = 4 * 1024 * 1024;
constexpr std::uint64_t k_max_stat_bytes = 4096;
constexpr std::string_view k_listening = "0A"; // TCP_LISTEN

std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

template <class Number> std::optional<Number> number_of(std::string_view text, int base) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// The parent's number in /proc/PID/stat: the second word after the name, which is in parentheses and may hold any.
std::optional<int> parent_of(int pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat", k_max_stat_bytes);
  if (!text || text->rfind(')') == std::string::npos)
    return std::nullopt;
  std::string_view rest = std::string_view(*text).substr(text->rfind(')') + 1);
  next_word(rest);
  return number_of<int>(next_word(rest), 10);
}

bool listens_in(int pid, std::uint16_t port) {
  for (const char* name : {"/net/tcp", "/net/tcp6"})
    if (const auto table = read_file("/proc/" + std::to_string(pid) + name, k_max_table_bytes);
        table && listens(*table, port))
      return true;
  return false;
}

} // namespace

bool listens(std::string_view table, std::uint16_t port) {
  while (!table.empty()) {
    std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(line.size() + 1, table.size()));
    next_word(line); // its number
    const std::string_view local = next_word(line);
    next_word(line); // the other end
    const std::size_t colon = local.find(':');
    if (next_word(line) == k_listening && colon != std::string_view::npos &&
        number_of<std::uint16_t>(local.substr(colon + 1), 16) == port)
      return true;
  }
  return false;
}

Attendant::Attendant(const Attendance& wishes, const ChildProcess& runtime, std::filesystem::path pid_file,
                     Clock::time_point now)
    : m_wishes(wishes), m_runtime(runtime), m_pid_file(std::move(pid_file)), m_until(now + wishes.ready_patience),
      m_wakes_at(now) {}

// The number may be another's by the time that it is read: a child of the runtime is the container's.
void Attendant::find_first_process() {
  const auto text = read_file(m_pid_file, 32);
  const auto pid = text ? number_of<int>(std::string_view(*text).substr(0, text->find('\n')), 10) : std::nullopt;
  if (!pid || *pid <= 0)
    return;
  UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));
  if (!process || parent_of(*pid) != m_runtime.pid())
    return;
  m_pid = *pid;
  m_process = std::move(process);
  m_phase = Phase::waiting;
}

bool Attendant::is_others(std::string_view line) const {
  return std::ranges::any_of(m_wishes.others_lines,
                             [line](const std::string& start) { return line.starts_with(start); });
}

/// A line that is not whole yet may still become it.
bool Attendant::has_line(std::string_view text, std::size_t& looked_at) const {
  const std::string& wanted = m_wishes.ready_line;
  std::size_t at = text.find(wanted, looked_at);
  while (at != std::string_view::npos && is_others(text.substr(text.rfind('\n', at) + 1))) // npos + 1 is the beginning
    at = text.find(wanted, at + 1);
  looked_at = text.size() - std::min(text.size(), wanted.size() - 1);
  return at != std::string_view::npos;
}

bool Attendant::is_ready(std::string_view out, std::string_view err) {
  if (m_wishes.ready_port)
    return listens_in(m_pid, *m_wishes.ready_port);
  return m_wishes.ready_line.empty() || has_line(out, m_looked_at_out) || has_line(err, m_looked_at_err);
}

std::array<pollfd, 3> Attendant::waits() const {
  if (!m_client)
    return {pollfd{-1, 0, 0}, pollfd{-1, 0, 0}, pollfd{-1, 0, 0}};
  return {pollfd{m_client->pidfd(), POLLIN, 0}, pollfd{m_client->out(), POLLIN, 0}, pollfd{m_client->err(), POLLIN, 0}};
}

void Attendant::begin_exercise(Clock::time_point now) {
  const std::string& command = m_wishes.exercises[m_attended.exercises.size()];
  m_attended.exercises.push_back({.command = command, .failure = {}, .exit_code = 0, .output = {}});
  m_client_out.clear();
  m_client_err.clear();
  m_client_until = now + m_wishes.exercise_patience;
  // An ordinary user has no right over the container's network but as root of its user name space.
  const int kinds = CLONE_NEWNET | (::geteuid() != 0 ? CLONE_NEWUSER : 0);
  auto client = ChildProcess::start(
      {.argv = {"/bin/sh", "-c", command}, .name_spaces = {.pidfd = m_process.get(), .kinds = kinds}},
      ChildProcess::Streams::collected, true);
  if (client)
    m_client = *std::move(client);
  else
    end_exercise(client.error().message);
}

void Attendant::end_exercise(std::string failure) {
  ExerciseResult& result = m_attended.exercises.back();
  result.failure = std::move(failure);
  if (m_client) {
    m_client->drain(m_client_out, m_client_err, k_max_client_bytes);
    result.exit_code = m_client->exit_code();
    result.output = m_client_out + m_client_err;
  }
  m_client.reset(); // and killed, if it still runs
}

void Attendant::exercise(Clock::time_point now) {
  if (m_client) {
    m_client->drain(m_client_out, m_client_err, k_max_client_bytes);
    if (m_client->has_ended())
      end_exercise({});
    else if (now >= m_client_until)
      end_exercise("still running after " + std::to_string(m_wishes.exercise_patience.count()) + " ms");
  }
  while (!m_client && m_attended.exercises.size() < m_wishes.exercises.size())
    begin_exercise(now);
  if (m_client) {
    m_until = m_client_until;
  } else {
    m_phase = Phase::staying;
    m_until = m_stays_until;
  }
}

void Attendant::stop(int signal, Phase phase, Clock::time_point until) {
  ::syscall(SYS_pidfd_send_signal, m_process.get(), signal, nullptr, 0); // ESRCH: it has just ended
  (phase == Phase::stopping ? m_attended.stopped : m_attended.killed) = true;
  m_phase = phase;
  m_until = until;
}

void Attendant::step(std::string_view out, std::string_view err, Clock::time_point now) {
  if (m_phase == Phase::starting)
    find_first_process();
  if (m_phase == Phase::waiting && is_ready(out, err)) {
    m_attended.ready = true;
    m_stays_until = now + m_wishes.lifetime;
    m_phase = Phase::exercising;
  }
  if (m_phase == Phase::exercising)
    exercise(now);
  else if (now >= m_until) {
    switch (m_phase) {
    case Phase::waiting:
    case Phase::staying:
      stop(m_wishes.stop_signal, Phase::stopping, now + m_wishes.grace);
      break;
    case Phase::stopping:
      stop(SIGKILL, Phase::killing, now + k_kill_patience);
      break;
    default:
      m_phase = Phase::lost;
    }
  }
  const bool ticks = m_phase == Phase::starting || (m_phase == Phase::waiting && m_wishes.ready_port);
  m_wakes_at = ticks ? std::min(m_until, now + k_tick) : m_until;
}

Attended Attendant::finish() {
  if (m_client) {
    m_client->wait_for_end(k_last_moment);
    end_exercise(m_client->has_ended() ? "" : "the container's program ended before it");
  }
  return std::move(m_attended);
}

} // namespace kif::watch
