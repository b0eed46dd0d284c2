// SPDX-License-Identifier: Apache-2.0
#include "watch/interrupts.h"

#include <cerrno>

#include <sys/signalfd.h>
#include <unistd.h>

namespace kif::watch {

Result<Interrupts> Interrupts::take() {
  auto pause = std::make_unique<EndBySignal::Pause>();
  const sigset_t signals = ending_signals();
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &signals, &before);
  UniqueFd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) {
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return fail(system_error(error, "cannot take signals"));
  }
  return Interrupts(std::move(pause), std::move(fd), before);
}

Interrupts::Interrupts(Interrupts&& other) noexcept
    : m_pause(std::move(other.m_pause)), m_fd(std::move(other.m_fd)), m_before(other.m_before) {}

Interrupts::~Interrupts() {
  if (m_fd)
    ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
}

std::optional<Interrupts::Signal> Interrupts::next() const {
  signalfd_siginfo info{};
  if (::read(m_fd.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info))
    return std::nullopt;
  return Signal{static_cast<int>(info.ssi_signo), info.ssi_code == SI_KERNEL};
}

} // namespace kif::watch
