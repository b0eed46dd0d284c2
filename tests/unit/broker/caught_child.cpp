// SPDX-License-Identifier: Apache-2.0
#include "caught_child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <thread>
#include <vector>

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/catch_all_filter.h"
#include "broker/socket_io.h"
#include "counting_generator.h"

namespace kif::broker {

constexpr int k_no_filter = 99;

struct CaughtChild::Threads {
  UniqueFd listener;
  TakenCalls taken;
  LongCalls long_calls;
  std::vector<std::thread> threads;
};

CaughtChild::CaughtChild(ByteStore& store, const std::function<int()>& body, int answering_threads)
    : m_threads(std::make_unique<Threads>()) {
  std::array<int, 2> ends{};
  ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data());
  const UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  m_process = ::fork();
  if (m_process == 0) {
    auto listener = install_catch_all_filter();
    std::byte go{};
    if (!listener || !send_descriptor(theirs.get(), listener->get(), std::byte{1}) ||
        !receive_all(theirs.get(), {&go, 1}))
      ::_exit(k_no_filter);
    listener->reset();
    ::_exit(body());
  }
  theirs.reset();
  m_threads->listener = receive_descriptor(ours.get()).descriptor;
  const int listener = m_threads->listener.get();
  for (int i = 0; i < answering_threads && listener >= 0; ++i)
    m_threads->threads.emplace_back([listener, &store, counters = m_counters, taken = &m_threads->taken,
                                     long_calls = &m_threads->long_calls,
                                     thread = static_cast<std::size_t>(i) % k_answering_threads] {
      answer_calls(listener, store, *counters, *taken, *long_calls, thread);
    });
  const std::byte go{1};
  send_all(ours.get(), {&go, 1});
}

CaughtChild::~CaughtChild() {
  if (m_process > 0)
    ::kill(m_process, SIGKILL);
  end();
}

int CaughtChild::end() {
  int status = 0;
  if (m_process > 0)
    ::waitpid(m_process, &status, 0);
  m_process = -1;
  for (std::thread& thread : m_threads->threads)
    thread.join();
  m_threads->threads.clear();
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

long raw_getrandom(void* buffer, std::size_t length, unsigned flags) noexcept {
  const long got = ::syscall(SYS_getrandom, buffer, length, flags);
  return got < 0 ? -errno : got;
}

void expect(bool good, const char* what, long got) noexcept {
  if (good)
    return;
  std::array<char, 200> text{};
  const int length = std::snprintf(text.data(), text.size(), "in the child: %s (got %ld)\n", what, got);
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), static_cast<std::size_t>(length));
  ::_exit(1);
}

int run_caught(const std::function<int()>& body) {
  CountedStore counted;
  return CaughtChild(counted.store, body).end();
}

} // namespace kif::broker
