// SPDX-License-Identifier: Apache-2.0
#include "watch/runtime_process.h"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kif::watch {
namespace {

struct Streams {
  UniqueFd in;
  UniqueFd out_read, out_write;
  UniqueFd err_read, err_write;
};

Result<void> make_pipe(UniqueFd& read_end, UniqueFd& write_end) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(system_error(errno, "cannot make a pipe"));
  read_end = UniqueFd(ends[0]);
  write_end = UniqueFd(ends[1]);
  ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
  return {};
}

// A file of memory and not a pipe: nobody has to feed it while the container runs.
Result<UniqueFd> input_file(const std::string& content) {
  if (content.empty())
    return open_file("/dev/null", O_RDONLY);
  UniqueFd file(::memfd_create("input", MFD_CLOEXEC));
  if (!file)
    return fail(system_error(errno, "cannot make the container's input"));
  KIF_CHECK(write_all(file.get(), std::as_bytes(std::span(content)), "the container's input"));
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

// In the child, between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(char* const* arguments, const Streams& streams, bool pass_through, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) // it died before the line above
    ::_exit(127);
  if (!pass_through && (::dup2(streams.in.get(), 0) < 0 || ::dup2(streams.out_write.get(), 1) < 0 ||
                        ::dup2(streams.err_write.get(), 2) < 0))
    ::_exit(127);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

void drain_one(UniqueFd& fd, std::string& into, std::size_t max_bytes, bool& cut) {
  std::array<char, 16384> buffer{};
  while (fd) {
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0 && errno == EAGAIN)
      return;
    if (count <= 0) {
      fd.reset();
      return;
    }
    const std::size_t room = max_bytes - into.size();
    into.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
    cut = cut || static_cast<std::size_t>(count) > room;
  }
}

} // namespace

Result<std::unique_ptr<RuntimeProcess>> RuntimeProcess::start(const std::vector<std::string>& arguments,
                                                              bool pass_through, const std::string& standard_input) {
  Streams streams;
  if (!pass_through) {
    KIF_TRY(streams.in, input_file(standard_input));
    KIF_CHECK(make_pipe(streams.out_read, streams.out_write));
    KIF_CHECK(make_pipe(streams.err_read, streams.err_write));
  }
  std::vector<char*> argv;
  for (const std::string& argument : arguments)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0)
    return fail(system_error(errno, "cannot run " + arguments[0]));
  if (child == 0)
    become(argv.data(), streams, pass_through, parent);
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  auto process = std::make_unique<RuntimeProcess>(child, std::move(pidfd), std::move(streams.out_read),
                                                  std::move(streams.err_read));
  if (!process->m_pidfd)
    return fail(system_error(errno, "cannot watch " + arguments[0]));
  return process;
}

RuntimeProcess::~RuntimeProcess() {
  if (m_ended)
    return;
  send(SIGKILL);
  while (::waitpid(m_pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void RuntimeProcess::drain(std::string& out, std::string& err, std::size_t max_bytes, bool& cut) {
  drain_one(m_out, out, max_bytes, cut);
  drain_one(m_err, err, max_bytes, cut);
}

bool RuntimeProcess::has_ended() {
  int status = 0;
  if (!m_ended && ::waitpid(m_pid, &status, WNOHANG) == m_pid) {
    m_ended = true;
    m_exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  return m_ended;
}

bool RuntimeProcess::wait_for_end(std::chrono::milliseconds patience) {
  if (!has_ended()) {
    pollfd wait{m_pidfd.get(), POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(patience.count()));
  }
  return has_ended();
}

void RuntimeProcess::send(int signal) const noexcept {
  ::kill(m_pid, signal);
}

} // namespace kif::watch
