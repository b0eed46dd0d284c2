// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

extern char** environ; // NOLINT(readability-redundant-declaration)

namespace kif {
namespace {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(system_error(errno, "cannot make a pipe"));
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& text : strings)
    result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

/// In the child, between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(const char* program, char* const* argv, char* const* envp, const char* directory, int in, int out,
                         int err, int report) {
  if (::dup2(in, 0) >= 0 && ::dup2(out, 1) >= 0 && ::dup2(err, 2) >= 0 && (*directory == '\0' || ::chdir(directory) == 0)) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::execve(program, argv, envp);
  }
  const int error = errno;
  [[maybe_unused]] const ssize_t ignored = ::write(report, &error, sizeof error);
  ::_exit(127);
}

using Clock = std::chrono::steady_clock;

Error still_running(const Command& command) {
  return {ErrorCode::timeout, "cannot finish " + command.argv[0] + ": still running after " +
                                  std::to_string(command.timeout->count()) + " ms"};
}

/// Moves bytes between the child's pipes and the buffers until both outputs end.
class Exchange {
public:
  Exchange(const Command& command, Pipe& in, Pipe& out, Pipe& err) : m_command(command), m_in(in), m_out(out), m_err(err) {}

  Result<void> run_until_closed(ProcessOutput& output, std::optional<Clock::time_point> deadline) {
    while (m_out.read_end || m_err.read_end) {
      int wait_ms = -1;
      if (deadline) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - Clock::now()).count();
        if (left <= 0)
          return fail(still_running(m_command));
        wait_ms = static_cast<int>(left) + 1;
      }
      std::array<pollfd, 3> fds = {pollfd{m_in.write_end.get(), POLLOUT, 0}, pollfd{m_out.read_end.get(), POLLIN, 0},
                                   pollfd{m_err.read_end.get(), POLLIN, 0}};
      if (::poll(fds.data(), fds.size(), wait_ms) < 0 && errno != EINTR)
        return fail(system_error(errno, "cannot wait for " + m_command.argv[0]));
      if (fds[0].revents != 0)
        feed();
      if (fds[1].revents != 0)
        KIF_CHECK(drain(m_out.read_end, output.out));
      if (fds[2].revents != 0)
        KIF_CHECK(drain(m_err.read_end, output.err));
    }
    return {};
  }

private:
  void feed() {
    const std::string_view left = std::string_view(m_command.standard_input).substr(m_fed);
    const ssize_t count = ::write(m_in.write_end.get(), left.data(), left.size());
    if (count >= 0)
      m_fed += static_cast<std::size_t>(count);
    if ((count < 0 && errno != EAGAIN && errno != EINTR) || m_fed == m_command.standard_input.size())
      m_in.write_end.reset();
  }

  Result<void> drain(UniqueFd& fd, std::string& into) {
    std::array<char, 16384> buffer{};
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
      return {};
    if (count <= 0) {
      fd.reset();
      return {};
    }
    if (into.size() + static_cast<std::size_t>(count) > m_command.max_output_bytes)
      return fail(ErrorCode::too_large, "cannot collect the output of " + m_command.argv[0] + ": more than " +
                                            std::to_string(m_command.max_output_bytes) + " bytes");
    into.append(buffer.data(), static_cast<std::size_t>(count));
    return {};
  }

  const Command& m_command;
  Pipe& m_in;
  Pipe& m_out;
  Pipe& m_err;
  std::size_t m_fed = 0;
};

/// A child that dies before it reads its input must not end this process by SIGPIPE.
class IgnoreSigpipe {
public:
  IgnoreSigpipe() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &m_before);
  }
  IgnoreSigpipe(const IgnoreSigpipe&) = delete;
  IgnoreSigpipe& operator=(const IgnoreSigpipe&) = delete;
  ~IgnoreSigpipe() { ::sigaction(SIGPIPE, &m_before, nullptr); }

private:
  struct sigaction m_before {};
};

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Whether the child ends in time; it stays to be waited for. One that has closed its outputs may go on for long.
bool ends_before(pid_t child, Clock::time_point deadline) {
  constexpr timespec k_nap{0, 2'000'000};
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == child)
      return true;
    if (Clock::now() >= deadline)
      return false;
    ::nanosleep(&k_nap, nullptr);
  }
}

} // namespace

std::optional<std::filesystem::path> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos)
    return ::access(name.c_str(), X_OK) == 0 ? std::optional<std::filesystem::path>(name) : std::nullopt;
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::filesystem::path candidate = std::filesystem::path(rest.substr(0, colon)) / name;
    std::error_code ignored;
    if (::access(candidate.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(candidate, ignored))
      return candidate;
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
  }
  return std::nullopt;
}

Result<ProcessOutput> run(const Command& command) {
  const auto program = find_program(command.argv.at(0));
  if (!program)
    return fail(ErrorCode::not_found, "cannot run " + command.argv[0] + ": no such program in PATH");

  Pipe in;
  if (command.standard_input.empty()) {
    KIF_TRY(in.read_end, open_file("/dev/null", O_RDONLY));
  } else {
    KIF_TRY(in, make_pipe());
    ::fcntl(in.write_end.get(), F_SETFL, O_NONBLOCK);
  }
  KIF_TRY(Pipe out, make_pipe());
  KIF_TRY(Pipe err, make_pipe());
  KIF_TRY(Pipe report, make_pipe());

  const std::vector<char*> argv = pointers(command.argv);
  const std::vector<char*> own_environment = command.environment ? pointers(*command.environment) : std::vector<char*>();
  char* const* envp = command.environment ? own_environment.data() : environ;
  const std::string directory = command.working_directory.string();

  const IgnoreSigpipe guard;
  const pid_t child = ::fork();
  if (child < 0)
    return fail(system_error(errno, "cannot run " + command.argv[0]));
  if (child == 0)
    become(program->c_str(), argv.data(), envp, directory.c_str(), in.read_end.get(), out.write_end.get(),
           err.write_end.get(), report.write_end.get());

  in.read_end.reset();
  out.write_end.reset();
  err.write_end.reset();
  report.write_end.reset();
  int exec_errno = 0;
  const ssize_t reported = ::read(report.read_end.get(), &exec_errno, sizeof exec_errno);
  if (reported == static_cast<ssize_t>(sizeof exec_errno)) {
    wait_for(child);
    return fail(system_error(exec_errno, "cannot run " + command.argv[0]));
  }

  ProcessOutput output;
  const auto deadline = command.timeout ? std::optional(Clock::now() + *command.timeout) : std::nullopt;
  auto exchanged = Exchange(command, in, out, err).run_until_closed(output, deadline);
  if (exchanged && deadline && !ends_before(child, *deadline))
    exchanged = fail(still_running(command));
  if (!exchanged) {
    ::kill(child, SIGKILL);
    wait_for(child);
    return fail(std::move(exchanged).error());
  }
  output.exit_code = wait_for(child);
  return output;
}

} // namespace kif
