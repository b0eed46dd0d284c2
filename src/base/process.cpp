// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <span>
#include <string_view>

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ; // NOLINT(readability-redundant-declaration)

namespace kif {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int k_standard_streams = 3;

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

/// None of ours has a standard stream's number, also where this process was started without one: in the child it would
/// be replaced before its turn came.
Result<UniqueFd> above_standard(UniqueFd fd) {
  if (fd.get() >= k_standard_streams)
    return fd;
  UniqueFd above(::fcntl(fd.get(), F_DUPFD_CLOEXEC, k_standard_streams));
  if (!above)
    return fail(system_error(errno, "cannot move a descriptor"));
  return above;
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(system_error(errno, "cannot make a pipe"));
  UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  Pipe pipe;
  KIF_TRY(pipe.read_end, above_standard(std::move(read_end)));
  KIF_TRY(pipe.write_end, above_standard(std::move(write_end)));
  return pipe;
}

// A file of memory and not a pipe: nobody has to feed it, and there is no SIGPIPE where the child does not read it.
Result<UniqueFd> input_file(const std::string& content) {
  if (content.empty()) {
    KIF_TRY(UniqueFd null, open_file("/dev/null", O_RDONLY));
    return above_standard(std::move(null));
  }
  UniqueFd file(::memfd_create("input", MFD_CLOEXEC));
  if (!file)
    return fail(system_error(errno, "cannot make a program's input"));
  KIF_CHECK(write_all(file.get(), std::as_bytes(std::span(content)), "a program's input"));
  ::lseek(file.get(), 0, SEEK_SET);
  return above_standard(std::move(file));
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& text : strings)
    result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

/// All that the child needs between fork and exec, where it may only make async-signal-safe calls.
struct Start {
  const char* program;
  char* const* argv;
  char* const* envp;
  const char* directory;
  std::array<int, k_standard_streams> streams; ///< −1: this process's own
  int report;
  Command::NameSpaces name_spaces;
  Command::Preparation preparation;
  bool is_tied;
  pid_t parent;
};

bool tie(const Start& start) {
  return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == start.parent; // it may have died before
}

bool set_streams(const Start& start) {
  for (int number = 0; number < k_standard_streams; ++number) {
    const int source = start.streams[static_cast<std::size_t>(number)];
    if (source >= 0 && ::dup2(source, number) < 0)
      return false;
    // The lowest number that is free: this one.
    if (source < 0 && ::fcntl(number, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != number)
      return false;
  }
  return true;
}

// By the system call: glibc's sigaction refuses the two signals that its threads use, and a program that posix_spawn
// started has both ignored.
void reset_signals() {
  constexpr std::array<unsigned long, 4> k_default{}; // the kernel's struct sigaction: SIG_DFL, no flags, no mask
  constexpr std::size_t k_mask_bytes = 8;
  for (int number = 1; number < NSIG; ++number)
    ::syscall(SYS_rt_sigaction, number, k_default.data(), nullptr, k_mask_bytes); // SIGKILL and SIGSTOP are refused
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// At exec and not at once: an exec that fails is reported through one of them.
void close_others_at_exec() {
  if (::close_range(k_standard_streams, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
    return;
  constexpr rlim_t k_most = 65536; // Linux before 5.11, or a sandbox that does not know the call
  rlimit bound{};
  if (::getrlimit(RLIMIT_NOFILE, &bound) != 0)
    bound.rlim_cur = k_most;
  for (int fd = k_standard_streams; fd < static_cast<int>(std::min(bound.rlim_cur, k_most)); ++fd)
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

bool join_name_spaces(const Command::NameSpaces& name_spaces) {
  return name_spaces.kinds == 0 || ::setns(name_spaces.pidfd, name_spaces.kinds) == 0;
}

bool prepare(const Command::Preparation& preparation) {
  return preparation.make == nullptr || preparation.make(preparation.data);
}

// The rights that a user name space gives untie a child: it is tied after that.
[[noreturn]] void become(const Start& start) {
  errno = ECHILD;
  if (join_name_spaces(start.name_spaces) && prepare(start.preparation) && (!start.is_tied || tie(start)) &&
      set_streams(start) && (*start.directory == '\0' || ::chdir(start.directory) == 0)) {
    reset_signals();
    close_others_at_exec();
    ::execve(start.program, start.argv, start.envp);
  }
  const int error = errno;
  [[maybe_unused]] const ssize_t ignored = ::write(start.report, &error, sizeof error);
  ::_exit(127);
}

bool has_died(pid_t child, int options) {
  siginfo_t info{};
  int result = 0;
  do {
    result = ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT | options);
  } while (result != 0 && errno == EINTR);
  return result != 0 || info.si_pid == child;
}

/// Ends it for the end of this process. It is not reaped: its number stays its own, for whoever still waits for it.
void kill_and_wait(pid_t child) {
  ::kill(child, SIGKILL);
  has_died(child, 0);
}

bool drain_one(UniqueFd& fd, std::string& into, std::size_t max_bytes) {
  std::array<char, 16384> buffer{};
  bool is_cut = false;
  constexpr int k_most_reads =
      64; // a child that never stops writing must not keep its caller from looking at the clock
  for (int reads = 0; fd && reads < k_most_reads; ++reads) {
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0 && errno == EAGAIN)
      break;
    if (count <= 0) {
      fd.reset();
      break;
    }
    const std::size_t room = max_bytes - std::min(max_bytes, into.size());
    into.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
    is_cut = is_cut || static_cast<std::size_t>(count) > room;
  }
  return is_cut;
}

Error still_running(const Command& command) {
  return {ErrorCode::timeout, "cannot finish " + command.argv[0] + ": still running after " +
                                  std::to_string(command.timeout->count()) + " ms"};
}

/// Collects both outputs until they end.
Result<void> collect(ChildProcess& child, const Command& command, std::optional<Clock::time_point> deadline,
                     ProcessOutput& output) {
  while (child.out() >= 0 || child.err() >= 0) {
    int wait_ms = -1;
    if (deadline) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - Clock::now()).count();
      if (left <= 0)
        return fail(still_running(command));
      wait_ms = static_cast<int>(std::min<long>(left + 1, 60'000));
    }
    std::array<pollfd, 2> fds = {pollfd{child.out(), POLLIN, 0}, pollfd{child.err(), POLLIN, 0}};
    if (::poll(fds.data(), fds.size(), wait_ms) < 0 && errno != EINTR)
      return fail(system_error(errno, "cannot wait for " + command.argv[0]));
    if (child.drain(output.out, output.err, command.max_output_bytes))
      return fail(ErrorCode::too_large, "cannot collect the output of " + command.argv[0] + ": more than " +
                                            std::to_string(command.max_output_bytes) + " bytes");
  }
  return {};
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

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const Command& command, Streams streams, bool tied) {
  const auto program = find_program(command.argv.at(0));
  if (!program)
    return fail(ErrorCode::not_found, "cannot run " + command.argv[0] + ": no such program in PATH");
  UniqueFd in;
  Pipe out;
  Pipe err;
  if (streams == Streams::collected) {
    KIF_TRY(in, input_file(command.standard_input));
    KIF_TRY(out, make_pipe());
  }
  if (streams != Streams::own) {
    KIF_TRY(err, make_pipe());
  }
  for (const Pipe* const pipe : {&out, &err})
    if (pipe->read_end)
      ::fcntl(pipe->read_end.get(), F_SETFL, O_NONBLOCK);
  KIF_TRY(Pipe report, make_pipe());
  const std::vector<char*> argv = pointers(command.argv);
  const std::vector<char*> own_environment =
      command.environment ? pointers(*command.environment) : std::vector<char*>();
  const std::string directory = command.working_directory.string();
  const Start start{.program = program->c_str(),
                    .argv = argv.data(),
                    .envp = command.environment ? own_environment.data() : environ,
                    .directory = directory.c_str(),
                    .streams = {in.get(), out.write_end.get(), err.write_end.get()},
                    .report = report.write_end.get(),
                    .name_spaces = command.name_spaces,
                    .preparation = command.preparation,
                    .is_tied = tied,
                    .parent = ::getpid()};
  pid_t pid = -1;
  int error = 0;
  Undo undo([&]() -> std::function<void()> {
    pid = ::fork();
    error = errno;
    if (pid == 0)
      become(start);
    if (pid < 0)
      return {};
    return [pid] { kill_and_wait(pid); };
  });
  if (pid < 0)
    return fail(system_error(error, "cannot run " + command.argv[0]));
  auto child = std::make_unique<ChildProcess>(pid, std::move(out.read_end), std::move(err.read_end), std::move(undo));
  report.write_end.reset();
  ssize_t count = 0;
  do {
    count = ::read(report.read_end.get(), &error, sizeof error);
  } while (count < 0 && errno == EINTR);
  if (count == static_cast<ssize_t>(sizeof error)) {
    child->wait_for_end();
    return fail(system_error(error, "cannot run " + command.argv[0]));
  }
  return child;
}

ChildProcess::ChildProcess(int pid, UniqueFd out, UniqueFd err, Undo undo)
    : m_pid(pid), m_pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))), m_out(std::move(out)),
      m_err(std::move(err)), m_undo(std::move(undo)) {}

ChildProcess::~ChildProcess() {
  if (m_ended)
    return;
  send(SIGKILL);
  wait_for_end();
}

std::string ChildProcess::read_err() {
  std::string piece(PIPE_BUF, '\0');
  ssize_t count = -1;
  do
    count = m_err ? ::read(m_err.get(), piece.data(), piece.size()) : 0;
  while (count < 0 && errno == EINTR);
  if (count == 0)
    m_err.reset();
  piece.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return piece;
}

bool ChildProcess::drain(std::string& out, std::string& err, std::size_t max_bytes) {
  const bool is_out_cut = drain_one(m_out, out, max_bytes);
  return drain_one(m_err, err, max_bytes) || is_out_cut;
}

// It is dead, and until the next line but one nobody else has its number: until then it may be killed again.
void ChildProcess::reap() {
  m_undo = {};
  int status = 0;
  while (::waitpid(m_pid, &status, 0) < 0 && errno == EINTR) {
  }
  m_ended = true;
  m_end_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  m_exit_code = m_end_signal != 0 ? 128 + m_end_signal : WEXITSTATUS(status);
}

bool ChildProcess::has_ended() {
  if (!m_ended && has_died(m_pid, WNOHANG))
    reap();
  return m_ended;
}

bool ChildProcess::wait_for_end(std::chrono::milliseconds patience) {
  constexpr timespec k_nap{0, 2'000'000};
  const auto deadline = Clock::now() + patience;
  while (!has_ended() && Clock::now() < deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd wait{m_pidfd.get(), POLLIN, 0};
    if (!m_pidfd)
      ::nanosleep(&k_nap, nullptr);
    else
      ::poll(&wait, 1, static_cast<int>(std::clamp<long>(left + 1, 0, 60'000)));
  }
  return m_ended;
}

int ChildProcess::wait_for_end() {
  if (!m_ended && has_died(m_pid, 0))
    reap();
  return m_exit_code;
}

void ChildProcess::send(int signal) const noexcept {
  if (!m_ended)
    ::kill(m_pid, signal);
}

Result<ProcessOutput> run_program(const Command& command) {
  KIF_TRY(const auto child, ChildProcess::start(command, ChildProcess::Streams::collected));
  return run_to_end(*child, command);
}

Result<ProcessOutput> run_to_end(ChildProcess& child, const Command& command) {
  ProcessOutput output;
  const auto deadline = command.timeout ? std::optional(Clock::now() + *command.timeout) : std::nullopt;
  KIF_CHECK(collect(child, command, deadline, output));
  // One that has closed its outputs may go on for long.
  if (deadline && !child.wait_for_end(std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - Clock::now())))
    return fail(still_running(command));
  output.exit_code = child.wait_for_end();
  return output;
}

} // namespace kif
