// SPDX-License-Identifier: Apache-2.0
// The broker of a container: hands the generator's bytes to whoever asks, through the socket and through the catch-all.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "broker/byte_store.h"
#include "broker/catch_all.h"
#include "broker/protocol.h"
#include "broker/server.h"
#include "broker/state.h"

namespace kif::broker {

/// Starts a detached thread for each, with all signals blocked. They begin once all are there; where one cannot be
/// started, the others end without having begun, and std::system_error says so.
void start_all_or_none(std::vector<std::function<void()>> works);

/// Lives as long as its process, which is to end by _exit(): its threads are never joined.
class Broker {
public:
  /// `listener`: the catch-all's, or none; `socket`: from name_socket(), or none; `draws_ahead` and `signs`: see
  /// ByteStore. Its threads block all signals.
  /// `state_socket`: from name_state_socket(), or none; `page`: what generators write on, which outlives the broker.
  /// std::system_error where a thread cannot be started; then none has touched the broker.
  /// `changed` is called, from one of its threads, when state() may have changed by what a generator does.
  Broker(UniqueFd listener, UniqueFd socket, UniqueFd state_socket, bool draws_ahead, ReportPage& page,
         std::function<void()> changed, CopySigns signs = {});
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  /// See ByteStore.
  void take_generator(pid_t process, UniqueFd link, bool must_be_ready);
  void give_up() { m_store.give_up(); }
  bool is_late() const noexcept { return m_store.is_late(); }
  Loss take_loss() noexcept { return m_store.take_loss(); }

  /// A generator has ended, and is not the page's writer any more: what it did is added to what its predecessors did.
  void generator_ended(std::uint64_t GeneratorEnds::*why);
  void set_state(State state, std::string reason) { m_board.set(state, std::move(reason)); }
  State state() const { return m_board.state(); }
  StateReport report() const;

  int listener() const noexcept { return m_listener.get(); }
  const TakenCalls& taken_calls() const noexcept { return m_taken; }
  Counters counters() const;

private:
  void watch_the_kernel();

  ByteStore m_store;
  UniqueFd m_listener;
  UniqueFd m_socket;
  CatchAllCounters m_catch_all;
  TakenCalls m_taken;
  LongCalls m_long_calls;
  ServerCounters m_server;
  std::atomic<std::uint64_t> m_generator_starts{0};
  UniqueFd m_state_socket;
  StateBoard m_board;
  ReportPage& m_page;
  mutable std::mutex m_past_mutex;
  SourceNumbers m_past; ///< of generators that have ended
  GeneratorEnds m_ends;
};

} // namespace kif::broker
