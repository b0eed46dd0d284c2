// SPDX-License-Identifier: Apache-2.0
// The source's start-up, beside the module's: jitterentropy's start-up test and the first blocks are made by a thread
// of their own while the FIPS module runs its known-answer tests. Where there is one processor this costs nothing;
// where there are two the shorter of both is hidden.
#pragma once

#include <pthread.h>

#include "entropy/seed_source.h"

namespace kif::provider {

/// Starts at construction, has ended when the object goes. Failures are not reported here: the source latches what is
/// permanent, and whoever draws gets the error. The thread takes no signals, throws nothing and calls no loader
/// function: this may run inside a dlopen() that holds the loader's lock.
class StartUp {
public:
  /// A thread where it can be had, else (limits on threads or memory) all is done before the constructor returns.
  explicit StartUp(entropy::SeedSource& source) noexcept;
  StartUp(const StartUp&) = delete;
  StartUp& operator=(const StartUp&) = delete;
  ~StartUp() { join(); }

  void join() noexcept;

private:
  static void* run(void* self) noexcept;

  entropy::SeedSource& m_source;
  pthread_t m_thread{};
  bool m_running = false;
};

} // namespace kif::provider
