// SPDX-License-Identifier: Apache-2.0
#include "watch/run.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"
#include "base/quote.h"
#include "watch/bundle.h"
#include "watch/error_stream.h"
#include "watch/java_refusals.h"
#include "watch/listener.h"
#include "watch/refusal_tracer.h"
#include "watch/symbols.h"
#include "watch/writable_layer.h"

namespace kif::watch {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds k_end_patience{15'000}; // for the runtime to notice that its container was killed

/// One container's way through the runtime, from start to deletion.
class ContainerRun {
public:
  ContainerRun(const Workspace& workspace, fs::path folder, const RunOptions& options)
      : m_workspace(workspace), m_folder(std::move(folder)), m_options(options) {}

  /// Its runtime mounts a writable layer first, and kif looks into that. Both outlive the run.
  void writes_to(const WritableMount& mount, const WrittenView& view) {
    m_preparation = mount.preparation();
    m_written = &view;
  }

  Result<void> to_end(RunResult& result) {
    const auto begin = Clock::now();
    using Streams = ChildProcess::Streams;
    KIF_TRY(m_process,
            ChildProcess::start(
                {.argv = runtime_arguments(), .standard_input = m_options.standard_input, .preparation = m_preparation},
                passes_through() ? Streams::own_but_err : Streams::collected, true));
    if (m_written != nullptr)
      m_written->look_into(m_process->pid());
    if (m_process->pidfd() < 0)
      return fail(ErrorCode::unsupported, "cannot watch the container: the kernel has no pidfd_open");
    if (passes_through())
      m_errors.emplace(log(), m_options.pass_on_stderr);
    if (m_options.attendance != nullptr)
      m_attendant.emplace(*m_options.attendance, *m_process, pid_file(), begin);
    const auto waited = wait(result);
    if (!waited)
      destroy();
    KIF_CHECK(waited);
    if (m_attendant)
      result.attended = m_attendant->finish();
    result.exit_code = m_process->exit_code();
    result.duration = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
    return check_start(result);
  }

private:
  bool passes_through() const { return m_options.pass_on_stderr != nullptr; }

  std::string name() const { return container_name(m_folder); }
  fs::path log() const { return m_folder / "log"; }
  fs::path pid_file() const { return m_folder / "pid"; }

  std::vector<std::string> runtime_command() const {
    return {m_workspace.runtime().string(), "--root", m_workspace.state_folder().string()};
  }

  std::vector<std::string> runtime_arguments() const {
    auto command = runtime_command();
    for (const std::string& part :
         {std::string("--log"), log().string(), std::string("--log-format"), std::string("json"), std::string("run"),
          std::string("--bundle"), m_folder.string(), std::string("--pid-file"), pid_file().string(), name()})
      command.push_back(part);
    return command;
  }

  Result<void> wait(RunResult& result) {
    std::optional<Clock::time_point> deadline;
    if (m_options.timeout)
      deadline = Clock::now() + *m_options.timeout;
    std::optional<Clock::time_point> end_of_grace;
    while (!m_process->has_ended()) {
      KIF_CHECK(poll_once(result, std::min({deadline.value_or(Clock::time_point::max()),
                                            end_of_grace.value_or(Clock::time_point::max()),
                                            m_attendant ? m_attendant->wakes_at() : Clock::time_point::max()})));
      if (m_attendant)
        m_attendant->step(result.out, result.err, Clock::now());
      if (m_attendant && m_attendant->is_at_its_end())
        return fail(ErrorCode::timeout, "cannot finish the container: it did not start, or was not to be killed");
      take_signals(end_of_grace);
      if (end_of_grace && Clock::now() >= *end_of_grace) {
        end_of_grace.reset();
        destroy();
      }
      if (deadline && Clock::now() >= *deadline)
        return fail(ErrorCode::timeout, "cannot finish the container: still running after " +
                                            std::to_string(m_options.timeout->count()) + " ms");
    }
    take_output(result, true);
    return {};
  }

  /// Of what is passed on a piece at a time, or at the end all.
  void take_output(RunResult& result, bool all) {
    if (!m_errors)
      return drain(result);
    for (std::string piece = m_process->read_err(); !piece.empty(); piece = all ? m_process->read_err() : std::string())
      m_errors->take(piece);
  }

  /// Whose turn it is: the container's stderr, or kif's own, which whoever reads it holds up. So a reader that waits
  /// holds up the container's program, and not kif.
  pollfd stderr_turn() const {
    pollfd own{STDERR_FILENO, POLLOUT, 0};
    const bool is_held_up = m_errors && ::poll(&own, 1, 0) == 0;
    return is_held_up ? pollfd{STDERR_FILENO, POLLOUT, 0} : pollfd{m_process->err(), POLLIN, 0};
  }

  Result<void> poll_once(RunResult& result, Clock::time_point until) {
    int wait_ms = -1;
    if (until != Clock::time_point::max())
      wait_ms = static_cast<int>(
          std::clamp<long>(std::chrono::duration_cast<milliseconds>(until - Clock::now()).count() + 1, 0, 60'000));
    std::array<pollfd, 8> waits = {pollfd{m_process->pidfd(), POLLIN, 0},
                                   pollfd{m_process->out(), POLLIN, 0},
                                   stderr_turn(),
                                   pollfd{m_options.interrupts != nullptr ? m_options.interrupts->fd() : -1, POLLIN, 0},
                                   pollfd{m_options.stop_fd, POLLIN, 0},
                                   pollfd{-1, 0, 0},
                                   pollfd{-1, 0, 0},
                                   pollfd{-1, 0, 0}};
    if (m_attendant)
      std::ranges::copy(m_attendant->waits(), waits.begin() + 5);
    if (::poll(waits.data(), waits.size(), wait_ms) < 0 && errno != EINTR)
      return fail(system_error(errno, "cannot wait for the container"));
    if (waits[4].revents != 0)
      return fail(ErrorCode::process, "cannot finish the container: stopped by kif");
    if (!m_errors || (waits[2].fd == m_process->err() && waits[2].revents != 0))
      take_output(result, false);
    return {};
  }

  void drain(RunResult& result) {
    result.output_cut = m_process->drain(result.out, result.err, m_options.max_output_bytes) || result.output_cut;
  }

  // The runtime passes them on to the container.
  void take_signals(std::optional<Clock::time_point>& end_of_grace) {
    if (m_options.interrupts == nullptr)
      return;
    while (const auto signal = m_options.interrupts->next()) {
      m_was_interrupted = true;
      const bool is_second = end_of_grace.has_value();
      end_of_grace = Clock::now() + (is_second ? milliseconds(0) : m_options.grace);
      if (!is_second && !signal->from_terminal)
        m_process->send(signal->number);
    }
  }

  void destroy() {
    auto command = runtime_command();
    for (const char* part : {"delete", "--force"})
      command.emplace_back(part);
    command.push_back(name());
    (void)run_program({.argv = command, .timeout = k_end_patience});
    if (!m_process->wait_for_end(k_end_patience)) {
      m_process->send(SIGKILL);
      m_process->wait_for_end(k_end_patience);
      (void)run_program({.argv = command, .timeout = k_end_patience});
    }
  }

  // The runtime ends with 1 both when the program does and when it could not start it: its log tells which. One that
  // cannot run itself writes no log; the pid file is written once the program is on its way.
  Result<void> check_start(RunResult& result) {
    constexpr std::string_view k_prefix = "runc run failed: ";
    const auto failure = m_errors ? m_errors->end() : runtime_failure(log());
    if (failure && failure->starts_with(k_prefix))
      return not_started(failure->substr(k_prefix.size()));
    if (failure && m_errors) // it was meant for whoever reads the container's stderr
      result.notes.push_back("the container runtime says: " + *failure);
    if (m_was_interrupted)
      return {};
    std::error_code no_file;
    if (const auto bytes = fs::file_size(pid_file(), no_file); no_file || bytes == 0)
      return not_started("the container runtime ended with exit code " + std::to_string(result.exit_code) +
                         " before it did" + words_of(failure.value_or(result.err)));
    if (m_process->end_signal() != 0)
      return fail(ErrorCode::process, "cannot finish the container: signal " + std::to_string(m_process->end_signal()) +
                                          " ended the container runtime");
    if (is_failed_exec(result))
      return not_started(shortened(result.err.substr(0, result.err.size() - 1)));
    return {};
  }

  static Result<void> not_started(const std::string& reason) {
    return fail(ErrorCode::process, "cannot start the container: " + reason);
  }

  static std::string words_of(std::string_view text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    return line.empty() ? std::string() : ": " + shortened(line);
  }

  /// The last step of a start, which the runtime's child makes on its own (runc 1.1, StartInitialization): its sentence
  /// is all that was written. A program that writes the same fails, too, and gains nothing by it.
  static bool is_failed_exec(const RunResult& result) {
    return (result.exit_code == 1 || result.exit_code == 255) && result.out.empty() &&
           result.err.starts_with("exec /") && result.err.find(": ") != std::string::npos &&
           result.err.find('\n') == result.err.size() - 1;
  }

  const Workspace& m_workspace;
  fs::path m_folder;
  const RunOptions& m_options;
  Command::Preparation m_preparation = {};
  const WrittenView* m_written = nullptr;
  std::unique_ptr<ChildProcess> m_process;
  std::optional<ErrorStream> m_errors; ///< of what is passed on
  std::optional<Attendant> m_attendant;
  bool m_was_interrupted = false;
};

} // namespace

Result<fs::path> find_runtime() {
  if (const auto found = find_program("runc"))
    return *found;
  // Debian keeps it in a folder that ordinary users do not have in their PATH.
  if (const auto found = find_program("/usr/sbin/runc"))
    return *found;
  return fail(
      Error(ErrorCode::not_found, "cannot run containers: no runc in PATH").with_hint("install the package runc"));
}

Result<RunResult> run_container(Workspace& workspace, Container container, const RunOptions& options) {
  RunResult result;
  const Host& host = workspace.host();
  for (auto note : {fit_user(container, host), loose_bounds(container, host)})
    if (note)
      result.notes.push_back(*std::move(note));
  // The runtime would take relative ones from its bundle.
  KIF_TRY(container.root, absolute_path(container.root));
  for (BindMount& bind : container.binds) {
    KIF_TRY(bind.source, absolute_path(bind.source));
  }
  KIF_TRY(const fs::path folder, workspace.make_folder());
  std::optional<WritableMount> mount;
  std::optional<WrittenView> view;
  if (container.writable) {
    KIF_TRY(mount, WritableMount::prepare(*container.writable, container.root, container.bounds, host));
    KIF_TRY(view, WrittenView::open(*container.writable));
  }
  const fs::path socket = folder / "listener";
  RefusalTracer tracer(container);
  std::unique_ptr<JavaRefusals> java;
  std::unique_ptr<TraceListener> listener;
  if (container.mode == Mode::refused) {
    if (!RefusalTracer::k_works_here)
      return fail(ErrorCode::unsupported, "cannot trace what is refused: kif does that on amd64 only");
    KIF_TRY(java, JavaRefusals::start(folder));
    container.binds.push_back(java->mount());
    KIF_TRY(listener, TraceListener::start(socket, [&tracer, &java](int tid) {
              java->container_starts(tid);
              tracer.attach(tid);
            }));
  }
  if (container.mode == Mode::trace) {
    KIF_TRY(listener, TraceListener::start(socket));
  }
  KIF_CHECK(write_bundle(folder, container, host, socket.string()));
  ContainerRun run(workspace, folder, options);
  if (mount)
    run.writes_to(*mount, *view);
  const auto ended = run.to_end(result);
  if (listener) {
    result.trace = listener->finish();
    add_symbols(result.trace.events, container);
  }
  remove_tree(folder);
  KIF_CHECK(ended);
  if (listener && !result.trace.started && result.trace.failure.empty())
    result.trace.failure = "the runtime handed over no seccomp listener";
  if (container.mode == Mode::refused) {
    result.refusals = tracer.finish();
    java->finish(result.refusals);
    finish_refusals(result.refusals, container);
    if (result.refusals.failure.empty())
      result.refusals.failure = result.trace.failure;
  }
  return result;
}

} // namespace kif::watch
