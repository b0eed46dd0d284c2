// SPDX-License-Identifier: Apache-2.0
// The library's side of words, under the real filter.
#include "random/caught.h"

#include <array>
#include <csignal>
#include <vector>

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caught_child.h"
#include "counting_generator.h"

namespace kif::random {
namespace {

using broker::CaughtChild;
using broker::CountedStore;
using broker::expect;
using broker::is_stream_from;

TEST(Caught, WithoutTheCatchAllThereIsNobodyToAsk) {
  const pid_t child = ::fork(); // what was found out is the process's for good
  if (child == 0)
    ::_exit(reach() == Reach::none && filters() == Filters::unknown ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(Caught, AProcessThatCannotBeWrittenToFindsTheCatchAll) {
  CountedStore counted;
  CaughtChild child(counted.store, [] {
    expect(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "prctl");
    expect(reach() == Reach::memory, "not found");
    memory_is_out_of_reach();
    expect(reach() == Reach::words, "not remembered");
    const pid_t grandchild = ::fork();
    if (grandchild == 0)
      ::_exit(reach() == Reach::words ? 0 : 1);
    int status = 0;
    ::waitpid(grandchild, &status, 0);
    expect(status == 0, "not remembered by a child");
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
  EXPECT_EQ(child.counters().requests, 1U);
}

TEST(Caught, EveryLengthIsMadeOfWordsAndNotAByteMore) {
  CountedStore counted;
  CaughtChild child(counted.store, [] {
    static std::array<std::byte, 3000> memory{};
    std::uint64_t words = 0;
    for (const std::size_t length : {0UL, 1UL, 6UL, 7UL, 8UL, 13UL, 14UL, 32UL, 256UL, 257UL, 2999UL}) {
      memory.fill(std::byte{0xa5});
      const ssize_t got = draw_words(memory.data(), length);
      expect(got == static_cast<ssize_t>(length), "not filled", got);
      // Whole words of the stream, of which the last one may lose its end.
      expect(is_stream_from(words * 7, std::span(memory).first(length)), "other bytes", static_cast<long>(length));
      words += (length + 6) / 7;
      for (std::size_t i = length; i < memory.size(); ++i)
        expect(memory[i] == std::byte{0xa5}, "written behind the end", static_cast<long>(length));
    }
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
}

TEST(Caught, AGeneratorThatSaysNoIsEperm) {
  CountedStore counted;
  counted.generator.refuses = true;
  CaughtChild child(counted.store, [] {
    std::array<std::byte, 16> buffer{};
    return draw_words(buffer.data(), buffer.size()) == -EPERM ? 0 : 1;
  });
  ASSERT_EQ(child.end(), 0);
}

volatile std::sig_atomic_t g_signals = 0;

TEST(Caught, NoSignalShowsInASmallRequestAndALongOneMayEndEarly) {
  CountedStore counted;
  CaughtChild child(counted.store, [] {
    struct sigaction action {};
    action.sa_handler = [](int) { g_signals = g_signals + 1; };
    ::sigaction(SIGALRM, &action, nullptr); // without SA_RESTART
    const itimerval often{{0, 500}, {0, 500}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
    static std::array<std::byte, 2000> memory{};
    for (int i = 0; i < 2000 && g_signals < 100; ++i) {
      expect(draw_words(memory.data(), 256) == 256, "a small request");
      const ssize_t got = draw_words(memory.data(), memory.size());
      expect(got > 0 || got == -EINTR, "a long request", got);
      expect(got <= 0 || static_cast<std::size_t>(got) == memory.size() || got % 7 == 0, "not whole words", got);
    }
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
}

TEST(Caught, AFilterIsSeenWhenItComes) {
  CountedStore counted;
  CaughtChild child(counted.store, [] {
    expect(filters() == Filters::usual, "before");
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const sock_fprog program{1, &allow};
    expect(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0, "no filter");
    expect(filters() == Filters::more, "after");
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
}

} // namespace
} // namespace kif::random
