// SPDX-License-Identifier: Apache-2.0
// A child under the real filter, whose getrandom calls this process answers.
#pragma once

#include <functional>
#include <memory>

#include <sys/types.h>

#include "broker/catch_all.h"

namespace kif::broker {

class CaughtChild {
public:
  /// `body` runs in the child, under the filter, and gives its exit code. It allocates nothing and prints nothing but
  /// through expect().
  CaughtChild(ByteStore& store, const std::function<int()>& body, int answering_threads = 1);
  CaughtChild(const CaughtChild&) = delete;
  CaughtChild& operator=(const CaughtChild&) = delete;
  ~CaughtChild();

  /// Its exit code, or minus the signal that ended it. Waits for it, and for the threads to have noticed.
  int end();
  pid_t process() const noexcept { return m_process; }
  const CatchAllCounters& counters() const noexcept { return *m_counters; }

private:
  std::shared_ptr<CatchAllCounters> m_counters = std::make_shared<CatchAllCounters>();
  struct Threads;
  std::unique_ptr<Threads> m_threads;
  pid_t m_process = -1;
};

/// getrandom as the kernel has it: its result, or a negative errno.
long raw_getrandom(void* buffer, std::size_t length, unsigned flags = 0) noexcept;

/// In a child: says what is wrong on stderr and ends it with 1, where `good` is false.
void expect(bool good, const char* what, long got = 0) noexcept;

/// Runs `body` under the filter, with a store that counts. Its exit code.
int run_caught(const std::function<int()>& body);

} // namespace kif::broker
