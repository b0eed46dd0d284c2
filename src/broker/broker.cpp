// SPDX-License-Identifier: Apache-2.0
#include "broker/broker.h"

#include <algorithm>
#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include <sys/socket.h>

#include "base/trapped_getrandom.h"

namespace kif::broker {
namespace {

/// As ByteStore's own.
constexpr std::chrono::seconds k_patience(60);

/// Signals are for the thread that waits for them.
class AllSignalsBlocked {
public:
  AllSignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &m_before);
  }
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

private:
  sigset_t m_before{};
};

} // namespace

void start_all_or_none(std::vector<std::function<void()>> works) {
  const AllSignalsBlocked guard;
  // What the threads share while they wait outlives this call: one that is told to end may be late.
  const auto told = std::make_shared<std::promise<bool>>();
  const std::shared_future<bool> all_are_there = told->get_future().share();
  try {
    for (std::function<void()>& work : works)
      std::thread([all_are_there, work = std::move(work)] {
        if (all_are_there.get())
          work();
      }).detach();
  } catch (...) {
    told->set_value(false);
    throw;
  }
  told->set_value(true);
}

Broker::Broker(UniqueFd listener, UniqueFd socket, UniqueFd state_socket, bool draws_ahead, ReportPage& page,
               std::function<void()> changed, CopySigns signs)
    : m_store(k_patience, draws_ahead, signs), m_listener(std::move(listener)), m_socket(std::move(socket)),
      m_state_socket(std::move(state_socket)), m_page(page) {
  m_store.watch_lateness(std::move(changed));
  m_board.set(State::ready, {});
  std::vector<std::function<void()>> threads;
  if (m_listener)
    for (std::size_t i = 0; i < k_answering_threads; ++i)
      threads.emplace_back([this, i] {
        watch_the_kernel();
        answer_calls(m_listener.get(), m_store, m_catch_all, m_taken, m_long_calls, i);
      });
  if (m_socket && ::listen(m_socket.get(), SOMAXCONN) == 0)
    threads.emplace_back([this] {
      watch_the_kernel();
      serve_clients(m_socket.get(), m_store, m_server);
    });
  if (m_state_socket)
    threads.emplace_back([this] { serve_state(m_state_socket.get(), [this] { return report(); }); });
  start_all_or_none(std::move(threads));
}

/// The threads that draw: without the trap they would ask the kernel for random bytes, which nobody uses.
void Broker::watch_the_kernel() {
  if (m_store.signs().kernel && !trap_getrandom())
    m_store.leave_kernel_alone();
}

void Broker::take_generator(pid_t process, UniqueFd link, bool must_be_ready) {
  ++m_generator_starts;
  m_store.take_generator(process, std::move(link), must_be_ready);
}

Counters Broker::counters() const {
  Counters counters;
  counters.catch_all_requests = m_catch_all.requests;
  counters.catch_all_bytes = m_catch_all.bytes;
  counters.catch_all_refused = m_catch_all.refused;
  counters.socket_requests = m_server.requests;
  counters.socket_bytes = m_server.bytes;
  counters.socket_refused = m_server.refused;
  counters.streams = m_server.streams;
  counters.generator_starts = m_generator_starts;
  counters.copies_noticed = m_store.copies_noticed();
  counters.drawn_bytes = m_store.drawn_bytes();
  counters.draw_ahead = m_store.draws_ahead() ? 1 : 0;
  counters.socket_busy = m_server.busy;
  return counters;
}

void Broker::generator_ended(std::uint64_t GeneratorEnds::*why) {
  const std::lock_guard lock(m_past_mutex);
  GeneratorReport last = m_page.read();
  ++(m_ends.*why);
  m_past += last.numbers;
  last.numbers = {};
  m_page.write(last);
}

StateReport Broker::report() const {
  StateReport all;
  m_board.describe(all);
  all.counters = counters();
  all.last_draw_unix_s = m_store.last_draw_unix_s();
  const std::lock_guard lock(m_past_mutex);
  all.generator = m_page.read();
  all.generator.numbers += m_past;
  all.ends = m_ends;
  return all;
}

} // namespace kif::broker
