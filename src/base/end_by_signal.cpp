// SPDX-License-Identifier: Apache-2.0
#include "base/end_by_signal.h"

#include <array>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/undo.h"

namespace kif {
namespace {

/// Whether somebody else takes the signals. The lock is held from the taking of a signal to the end of the process.
struct Turn {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_paused = false;
};

Turn& turn() {
  static Turn* of_process = new Turn; // outlives every thread
  return *of_process;
}

[[noreturn]] void end(int number) {
  Undo::run_all_for_good();
  ::signal(number, SIG_DFL);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, number);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(number);
  ::_exit(128 + number); // the first process of a container is not ended by its own signals
}

} // namespace

sigset_t ending_signals() noexcept {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    struct sigaction now {};
    if (::sigaction(number, nullptr, &now) == 0 && now.sa_handler != SIG_IGN)
      ::sigaddset(&signals, number);
  }
  return signals;
}

EndBySignal::EndBySignal() {
  const sigset_t signals = ending_signals();
  m_signals = UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  m_stop = UniqueFd(::eventfd(0, EFD_CLOEXEC));
  if (!m_signals || !m_stop)
    return;
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &m_before); // the thread's own mask: it is to run no handler of anybody's
  try {
    m_thread = std::thread([this] { wait_for_signal(); });
  } catch (const std::system_error&) { // no more threads for this user
  }
  ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
  if (m_thread.joinable())
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

EndBySignal::~EndBySignal() {
  if (!m_thread.joinable())
    return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(m_stop.get(), &one, sizeof one); // an eventfd at 0 takes it
  m_thread.join();
  ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
}

void EndBySignal::wait_for_signal() noexcept {
  for (;;) {
    std::array<pollfd, 2> waits = {pollfd{m_stop.get(), POLLIN, 0}, pollfd{m_signals.get(), POLLIN, 0}};
    if (::poll(waits.data(), waits.size(), -1) < 0)
      continue;
    if (waits[0].revents != 0)
      return;
    std::unique_lock lock(turn().mutex);
    turn().changed.wait(lock, [] { return !turn().is_paused; });
    signalfd_siginfo info{};
    if (::read(m_signals.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
      end(static_cast<int>(info.ssi_signo));
  }
}

EndBySignal::Pause::Pause() {
  const std::lock_guard lock(turn().mutex);
  turn().is_paused = true;
}

EndBySignal::Pause::~Pause() {
  {
    const std::lock_guard lock(turn().mutex);
    turn().is_paused = false;
  }
  turn().changed.notify_all();
}

} // namespace kif
