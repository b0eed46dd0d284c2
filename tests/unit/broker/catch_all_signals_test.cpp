// SPDX-License-Identifier: Apache-2.0
// Signals that come, and callers that are killed, while a call waits for its answer.
#include <array>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/catch_all.h"
#include "caught_child.h"
#include "counting_generator.h"

namespace kif::broker {
namespace {

volatile sig_atomic_t g_signals = 0;

/// A signal every 3 ms from now on.
void start_timer(int handler_flags) {
  struct sigaction action {};
  action.sa_handler = [](int) { g_signals = g_signals + 1; };
  action.sa_flags = handler_flags;
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval often{{0, 3000}, {0, 3000}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
}

/// Calls while signals come; each answer takes 20 ms. How many were filled, of 10.
int filled_under_signals(int handler_flags) {
  CountedStore counted;
  counted.generator.delay_ms = 20;
  CaughtChild child(counted.store, [handler_flags] {
    start_timer(handler_flags);
    int filled = 0;
    for (int i = 0; i < 10; ++i) {
      std::array<std::byte, 4096> buffer{}; // as much as the store draws ahead: each is drawn anew
      const long got = raw_getrandom(buffer.data(), buffer.size());
      expect(got == 4096 || got == -EINTR, "neither filled nor interrupted", got);
      filled += got == 4096 ? 1 : 0;
    }
    expect(g_signals >= 5, "no signals came", g_signals);
    return filled;
  });
  return child.end();
}

TEST(CatchAllSignals, ARestartingHandlerNeverShows) {
  EXPECT_EQ(filled_under_signals(SA_RESTART), 10);
}

TEST(CatchAllSignals, AnotherHandlerStopsNoCallForEver) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer holds signals back";
#endif
  // Since Linux 5.19 a call that is being answered is not interrupted; one that nobody has received yet may be.
  EXPECT_GE(filled_under_signals(0), 5);
}

TEST(CatchAllSignals, ACallerThatIsKilledWhileItWaitsHoldsUpNobody) {
  CountedStore counted;
  counted.generator.delay_ms = 5;
  CaughtChild child(counted.store, [] {
    for (int i = 0; i < 20; ++i) {
      const pid_t victim = ::fork();
      if (victim == 0) {
        static std::array<std::byte, 1 << 20> large;
        for (;;)
          raw_getrandom(large.data(), large.size());
      }
      ::usleep(static_cast<useconds_t>(1000 * i));
      ::kill(victim, SIGKILL);
      int status = 0;
      expect(::waitpid(victim, &status, 0) == victim && WIFSIGNALED(status), "not killed", status);
      std::array<std::byte, 8> buffer{};
      const long got = raw_getrandom(buffer.data(), buffer.size());
      expect(got == 8, "not answered after it", got);
    }
    return 0;
  });
  EXPECT_EQ(child.end(), 0);
}

TEST(CatchAllSignals, ACallerThatWaitsForAGeneratorCanBeKilled) {
  ByteStore store{std::chrono::seconds(30)};
  CaughtChild child(store, [] {
    std::array<std::byte, 8> buffer{};
    return raw_getrandom(buffer.data(), buffer.size()) == -EPERM ? 3 : 1;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ::kill(child.process(), SIGKILL);
  int status = 0;
  EXPECT_EQ(::waitpid(child.process(), &status, 0), child.process());
  EXPECT_TRUE(WIFSIGNALED(status));
  store.give_up(); // and the thread that held its call comes back
}

TEST(CatchAllSignals, ACallerStoppedAndContinuedGetsItsAnswer) {
  CountedStore counted;
  counted.generator.delay_ms = 100;
  CaughtChild child(counted.store, [] {
    std::array<std::byte, 64> buffer{};
    const long got = raw_getrandom(buffer.data(), buffer.size());
    expect(got == 64 || got == -EINTR, "no answer", got);
    return 0;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  ::kill(child.process(), SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  ::kill(child.process(), SIGCONT);
  EXPECT_EQ(child.end(), 0);
}

} // namespace
} // namespace kif::broker
