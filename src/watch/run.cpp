// SPDX-License-Identifier: Apache-2.0
#include "watch/run.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"
#include "watch/bundle.h"
#include "watch/listener.h"
#include "watch/runtime_process.h"
#include "watch/symbols.h"

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

  Result<void> to_end(RunResult& result) {
    const auto begin = Clock::now();
    KIF_TRY(m_process, RuntimeProcess::start(runtime_arguments(), m_options.pass_through, m_options.standard_input));
    const auto waited = wait(result);
    if (!waited)
      destroy();
    KIF_CHECK(waited);
    result.exit_code = m_process->exit_code();
    result.duration = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
    return check_start();
  }

private:
  // Unique on this machine: as root the runtime makes control groups of this name.
  std::string name() const { return m_workspace.path().filename().string() + "-" + m_folder.filename().string(); }
  fs::path log() const { return m_folder / "log"; }

  std::vector<std::string> runtime_command() const {
    return {m_workspace.runtime().string(), "--root", m_workspace.state_folder().string()};
  }

  std::vector<std::string> runtime_arguments() const {
    auto command = runtime_command();
    for (const std::string& part :
         {std::string("--log"), log().string(), std::string("--log-format"), std::string("json"), std::string("run"),
          std::string("--bundle"), m_folder.string(), name()})
      command.push_back(part);
    return command;
  }

  Result<void> wait(RunResult& result) {
    std::optional<Clock::time_point> deadline;
    if (m_options.timeout)
      deadline = Clock::now() + *m_options.timeout;
    std::optional<Clock::time_point> end_of_grace;
    while (!m_process->has_ended()) {
      KIF_CHECK(poll_once(result, std::min(deadline.value_or(Clock::time_point::max()),
                                           end_of_grace.value_or(Clock::time_point::max()))));
      KIF_CHECK(take_signals(end_of_grace));
      if (end_of_grace && Clock::now() >= *end_of_grace) {
        end_of_grace.reset();
        destroy();
      }
      if (deadline && Clock::now() >= *deadline)
        return fail(ErrorCode::timeout, "cannot finish the container: still running after " +
                                            std::to_string(m_options.timeout->count()) + " ms");
    }
    m_process->drain(result.out, result.err, m_options.max_output_bytes, result.output_cut);
    return {};
  }

  Result<void> poll_once(RunResult& result, Clock::time_point until) {
    int wait_ms = -1;
    if (until != Clock::time_point::max())
      wait_ms = static_cast<int>(
          std::clamp<long>(std::chrono::duration_cast<milliseconds>(until - Clock::now()).count() + 1, 0, 60'000));
    std::array<pollfd, 5> waits = {pollfd{m_process->pidfd(), POLLIN, 0}, pollfd{m_process->out(), POLLIN, 0},
                                   pollfd{m_process->err(), POLLIN, 0},
                                   pollfd{m_options.interrupts != nullptr ? m_options.interrupts->fd() : -1, POLLIN, 0},
                                   pollfd{m_options.stop_fd, POLLIN, 0}};
    if (::poll(waits.data(), waits.size(), wait_ms) < 0 && errno != EINTR)
      return fail(system_error(errno, "cannot wait for the container"));
    if (waits[4].revents != 0)
      return fail(ErrorCode::process, "cannot finish the container: stopped by kif");
    m_process->drain(result.out, result.err, m_options.max_output_bytes, result.output_cut);
    return {};
  }

  Result<void> take_signals(std::optional<Clock::time_point>& end_of_grace) {
    if (m_options.interrupts == nullptr)
      return {};
    if (m_options.grace == milliseconds(0)) {
      if (m_options.interrupts->waiting())
        return fail(ErrorCode::process, "cannot finish the container: stopped by a signal");
      return {};
    }
    while (const auto signal = m_options.interrupts->next()) {
      const bool is_second = end_of_grace.has_value();
      end_of_grace = Clock::now() + (is_second ? milliseconds(0) : m_options.grace);
      if (!is_second && !signal->from_terminal)
        m_process->send(signal->number); // the runtime passes it on to the container
    }
    return {};
  }

  void destroy() {
    auto command = runtime_command();
    for (const char* part : {"delete", "--force"})
      command.emplace_back(part);
    command.push_back(name());
    (void)run({.argv = command, .timeout = k_end_patience});
    if (!m_process->wait_for_end(k_end_patience)) {
      m_process->send(SIGKILL);
      m_process->wait_for_end(k_end_patience);
      (void)run({.argv = command, .timeout = k_end_patience});
    }
  }

  // The runtime ends with 1 both when the program does and when it could not start it; its log tells which.
  Result<void> check_start() const {
    constexpr std::string_view k_prefix = "runc run failed: ";
    const auto text = read_file(log(), 1024 * 1024);
    std::string_view rest = text ? std::string_view(*text) : std::string_view();
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      const auto entry = nlohmann::json::parse(line, nullptr, false);
      if (!entry.is_object() || entry.value("level", "") != "error")
        continue;
      const std::string message = entry.value("msg", "");
      if (message.starts_with(k_prefix))
        return fail(ErrorCode::process, "cannot start the container: " + message.substr(k_prefix.size()));
    }
    return {};
  }

  const Workspace& m_workspace;
  fs::path m_folder;
  const RunOptions& m_options;
  std::unique_ptr<RuntimeProcess> m_process;
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
  if (auto note = fit_user(container, Host::of_process()))
    result.notes.push_back(*std::move(note));
  container.root = fs::absolute(container.root); // the runtime would take them from its bundle
  for (BindMount& bind : container.binds)
    bind.source = fs::absolute(bind.source);
  KIF_TRY(const fs::path folder, workspace.make_folder());
  const fs::path socket = folder / "listener";
  std::unique_ptr<TraceListener> listener;
  if (container.mode == Mode::trace) {
    KIF_TRY(listener, TraceListener::start(socket));
  }
  KIF_CHECK(write_bundle(folder, container, Host::of_process(), socket.string()));
  const auto ended = ContainerRun(workspace, folder, options).to_end(result);
  if (listener) {
    result.trace = listener->finish();
    add_symbols(result.trace.events, container);
  }
  remove_tree(folder);
  KIF_CHECK(ended);
  if (listener && !result.trace.started && result.trace.failure.empty())
    result.trace.failure = "the runtime handed over no seccomp listener";
  return result;
}

} // namespace kif::watch
