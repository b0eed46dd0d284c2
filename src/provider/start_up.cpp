// SPDX-License-Identifier: Apache-2.0
#include "provider/start_up.h"

#include <csignal>

namespace kif::provider {

void* StartUp::run(void* self) noexcept {
  entropy::SeedSource& source = static_cast<StartUp*>(self)->m_source;
  if (source.prepare() == entropy::SourceError::none)
    static_cast<void>(source.fill(source.pool_capacity())); // a failure meets whoever draws
  return nullptr;
}

StartUp::StartUp(entropy::SeedSource& source) noexcept : m_source(source) {
  // The application's signal handlers must not run in a thread that it does not know.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  const bool masked = ::pthread_sigmask(SIG_BLOCK, &all, &before) == 0;
  m_running = masked && ::pthread_create(&m_thread, nullptr, run, this) == 0;
  if (masked)
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!m_running)
    run(this);
}

void StartUp::join() noexcept {
  if (m_running)
    ::pthread_join(m_thread, nullptr);
  m_running = false;
}

} // namespace kif::provider
