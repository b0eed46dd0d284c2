// SPDX-License-Identifier: Apache-2.0
// The broker of a container: hands the generator's bytes to whoever asks, through the socket and through the catch-all.
#pragma once

#include <thread>
#include <vector>

#include "broker/byte_store.h"
#include "broker/catch_all.h"
#include "broker/protocol.h"
#include "broker/server.h"

namespace kif::broker {

/// Lives as long as its process, which is to end by _exit(): its threads are never joined.
class Broker {
public:
  /// `listener`: the catch-all's, or none; `socket`: from name_socket(), or none. Its threads block all signals.
  Broker(UniqueFd listener, UniqueFd socket);
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  /// See ByteStore.
  void take_generator(pid_t process, UniqueFd link, bool must_be_ready);
  void give_up() { m_store.give_up(); }

  int listener() const noexcept { return m_listener.get(); }
  const TakenCalls& taken_calls() const noexcept { return m_taken; }
  Counters counters() const;

private:
  ByteStore m_store;
  UniqueFd m_listener;
  UniqueFd m_socket;
  CatchAllCounters m_catch_all;
  TakenCalls m_taken;
  ServerCounters m_server;
  std::atomic<std::uint64_t> m_generator_starts{0};
};

/// The counters of this container's broker, asked through its socket. not_found: there is none.
Result<Counters> ask_for_counters();

} // namespace kif::broker
