// SPDX-License-Identifier: Apache-2.0
#include "provider/start_up.h"

#include <atomic>
#include <csignal>
#include <ctime>

#include <thread>

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include "mock_noise_source.h"

namespace kif::provider {
namespace {

using entropy::MockNoiseSource;

std::size_t threads_of_this_process() {
  std::size_t count = 0;
  std::FILE* file = std::fopen("/proc/self/status", "r");
  for (char line[256]; file != nullptr && std::fgets(line, sizeof line, file) != nullptr;)
    if (std::sscanf(line, "Threads: %zu", &count) == 1)
      break;
  if (file != nullptr)
    std::fclose(file);
  return count;
}

TEST(StartUpTest, TestsAndFillsThePoolInAThreadThatTakesNoSignalsAndIsGoneAfterwards) {
  MockNoiseSource noise;
  std::atomic<bool> signals_blocked{true};
  std::atomic<bool> in_other_thread{true};
  const pid_t here = ::gettid();
  noise.hook = [&](MockNoiseSource::Point) {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    signals_blocked = signals_blocked && ::sigismember(&mask, SIGTERM) == 1 && ::sigismember(&mask, SIGUSR1) == 1;
    in_other_thread = in_other_thread && ::gettid() != here;
  };
  entropy::SeedSource source(noise, {.pool_bytes = 64});
  std::thread([] {}).join(); // with the first thread, a sanitizer starts one of its own
  const std::size_t threads_before = threads_of_this_process();
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  { const StartUp start_up(source); }
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_TRUE(signals_blocked);
  EXPECT_TRUE(in_other_thread);
  EXPECT_EQ(::sigismember(&after, SIGTERM), ::sigismember(&before, SIGTERM));
  EXPECT_EQ(noise.calls(MockNoiseSource::startup), 1u);
  EXPECT_EQ(source.counters().bytes_held, 64u);
  // The kernel counts a thread a moment longer than pthread_join waits for it.
  for (int i = 0; i < 1000 && threads_of_this_process() != threads_before; ++i)
    ::usleep(1000);
  EXPECT_EQ(threads_of_this_process(), threads_before);
}

TEST(StartUpTest, WhereNoThreadCanBeHadTheWorkIsDoneAtOnce) {
  // A stack that no address space has room for.
  pthread_attr_t usual;
  ::pthread_getattr_default_np(&usual);
  pthread_attr_t impossible;
  ::pthread_attr_init(&impossible);
  ASSERT_EQ(::pthread_attr_setstacksize(&impossible, std::size_t{1} << 46), 0);
  ASSERT_EQ(::pthread_setattr_default_np(&impossible), 0);

  MockNoiseSource noise;
  entropy::SeedSource source(noise, {.pool_bytes = 32});
  std::atomic<bool> in_this_thread{true};
  const pid_t here = ::gettid();
  noise.hook = [&](MockNoiseSource::Point) { in_this_thread = in_this_thread && ::gettid() == here; };
  {
    const StartUp start_up(source);
    EXPECT_EQ(source.counters().bytes_held, 32u);
  }
  ::pthread_setattr_default_np(&usual);
  EXPECT_TRUE(in_this_thread);
  EXPECT_EQ(source.counters().bytes_held, 32u);
}

TEST(StartUpTest, AFailureIsLeftToWhoeverDraws) {
  MockNoiseSource noise;
  noise.fail(MockNoiseSource::startup, entropy::SourceError::startup_stuck);
  entropy::SeedSource source(noise, {});
  { const StartUp start_up(source); }
  std::array<std::byte, 16> out;
  EXPECT_EQ(source.draw(out), entropy::SourceError::startup_stuck);
  EXPECT_EQ(noise.calls(MockNoiseSource::read), 0u);
}

} // namespace
} // namespace kif::provider
