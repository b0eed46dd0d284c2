// SPDX-License-Identifier: Apache-2.0
// What a process under the catch-all gets, and what it costs nobody else.
#include <array>
#include <csignal>
#include <cstring>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/catch_all_filter.h"
#include "broker/protocol.h"
#include "broker/socket_io.h"
#include "caught_child.h"
#include "counting_generator.h"

namespace kif::broker {
namespace {

std::span<std::byte> map(std::size_t bytes, int sharing = MAP_PRIVATE) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  expect(memory != MAP_FAILED, "no memory");
  return {static_cast<std::byte*>(memory), bytes};
}

TEST(CatchAll, EveryLengthIsFilledWithTheGeneratorsBytes) {
  CountedStore counted;
  CaughtChild child(counted.store, [] {
    std::uint64_t position = 0;
    for (const std::size_t length : {1UL, 8UL, 255UL, 256UL, 257UL, 4096UL, 65536UL, 65537UL, 1UL << 20}) {
      const auto memory = map(length);
      const long got = raw_getrandom(memory.data(), length);
      expect(got == static_cast<long>(length), "not filled", got);
      expect(is_stream_from(position, memory), "not the generator's bytes", static_cast<long>(length));
      position += length;
    }
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
  EXPECT_EQ(child.counters().requests, 9U);
  EXPECT_EQ(child.counters().bytes, 1U + 8 + 255 + 256 + 257 + 4096 + 65536 + 65537 + (1 << 20));
  EXPECT_EQ(child.counters().refused, 0U);
}

TEST(CatchAll, TheMostAtOnceIsWhatGetrandomGaveBeforeLinux518) {
  ASSERT_EQ(run_caught([] {
              const auto memory = map(std::size_t{64} << 20);
              for (const std::size_t length : {std::size_t{1} << 31, ~std::size_t{0}, std::size_t{33'554'432}}) {
                const long got = raw_getrandom(memory.data(), length);
                expect(got == 33'554'431, "short or long", got);
              }
              expect(is_stream_from(2 * k_max_answer_bytes, memory.first(k_max_answer_bytes)), "not the bytes");
              expect(memory[k_max_answer_bytes] == std::byte{0}, "written behind the end");
              return 0;
            }),
            0);
}

TEST(CatchAll, TheHandshakeIsAnsweredAndGivesNoBytes) {
  CountedStore counted;
  CaughtChild child(counted.store, [] {
    std::array<char, k_handshake_bytes> answer{};
    const long got = raw_getrandom(answer.data(), answer.size(), k_handshake_flags);
    expect(got == static_cast<long>(k_handshake_bytes), "no handshake", got);
    expect(std::memcmp(answer.data(), k_handshake_answer, answer.size()) == 0, "another answer");
    expect(raw_getrandom(answer.data(), answer.size() - 1, k_handshake_flags) == -EINVAL, "wrong length taken");
    expect(raw_getrandom(nullptr, k_handshake_bytes, k_handshake_flags) == -EFAULT, "wrote to nowhere");
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
  EXPECT_EQ(child.counters().bytes, 0U);
  EXPECT_EQ(counted.generator.requests, 0U);
}

TEST(CatchAll, BytesToBeKeptAreGivenWhereThatIsAllowed) {
  for (const bool draws_ahead : {true, false}) {
    CountedStore counted(draws_ahead);
    CaughtChild child(counted.store, [draws_ahead] {
      std::array<char, 2048> buffer{};
      const long got = raw_getrandom(buffer.data(), buffer.size(), k_ahead_flags);
      // As Linux answers flags that it does not know.
      expect(got == (draws_ahead ? static_cast<long>(buffer.size()) : -EINVAL), "another answer", got);
      expect(raw_getrandom(buffer.data(), 16) == 16, "no bytes for a plain request");
      return 0;
    });
    ASSERT_EQ(child.end(), 0);
    EXPECT_EQ(child.counters().bytes, draws_ahead ? 2064U : 16U);
    EXPECT_EQ(counted.store.drawn_bytes(), draws_ahead ? 4096U : 16U);
  }
}

TEST(CatchAll, AGeneratorThatSaysNoIsEpermAndNeverEnosys) {
  CountedStore counted;
  counted.generator.refuses = true;
  CaughtChild child(counted.store, [] {
    std::array<char, 16> buffer{};
    for (const unsigned flags : {0U, unsigned{GRND_NONBLOCK}, unsigned{GRND_RANDOM}, 4U}) {
      const long got = raw_getrandom(buffer.data(), buffer.size(), flags);
      expect(got == -EPERM, "not EPERM", got);
    }
    expect(raw_getrandom(buffer.data(), 0) == 0, "nothing needs no generator");
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
  EXPECT_EQ(child.counters().refused, 4U);
}

TEST(CatchAll, AStoreThatGaveUpIsEperm) {
  CountedStore counted;
  counted.store.give_up();
  EXPECT_EQ(CaughtChild(counted.store,
                        [] {
                          std::array<char, 16> buffer{};
                          return raw_getrandom(buffer.data(), buffer.size()) == -EPERM ? 0 : 1;
                        })
                .end(),
            0);
}

TEST(CatchAll, ManyThreadsOfManyProcessesGetTheirOwnBytes) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer starts no threads in a forked child";
#endif
  CountedStore counted;
  CaughtChild child(
      counted.store,
      [] {
        // Each number of the stream is somebody's once: the sum of all that were drawn tells.
        struct Shared {
          std::atomic<std::uint64_t> sum{0};
          std::atomic<std::uint64_t> count{0};
        };
        auto* shared = new (map(sizeof(Shared), MAP_SHARED).data()) Shared;
        const auto draw = [](void* argument) -> void* {
          auto* all = static_cast<Shared*>(argument);
          for (int i = 0; i < 200; ++i) {
            std::uint64_t number = 0;
            const long got = raw_getrandom(&number, sizeof number);
            expect(got == sizeof number, "not filled", got);
            all->sum += number;
            ++all->count;
          }
          return nullptr;
        };
        for (int process = 0; process < 5; ++process)
          if (::fork() == 0) {
            std::array<pthread_t, 4> threads{};
            for (pthread_t& thread : threads)
              ::pthread_create(&thread, nullptr, draw, shared);
            for (const pthread_t thread : threads)
              ::pthread_join(thread, nullptr);
            ::_exit(0);
          }
        int status = 0;
        while (::wait(&status) > 0)
          expect(status == 0, "a process failed", status);
        const std::uint64_t count = shared->count;
        expect(count == 4000, "calls are missing", static_cast<long>(count));
        expect(shared->sum == count * (count - 1) / 2, "a number came twice");
        return 0;
      },
      2);
  ASSERT_EQ(child.end(), 0);
  EXPECT_EQ(child.counters().requests, 4000U);
}

TEST(CatchAll, AnotherProgramHasTheFilterToo) {
  CountedStore counted;
  // mktemp makes its name of getrandom's bytes; so it and the store agree on how many there were.
  CaughtChild child(counted.store, [] {
    ::execlp("mktemp", "mktemp", "-u", "kif-XXXXXXXXXX", nullptr);
    return 1;
  });
  EXPECT_EQ(child.end(), 0);
  EXPECT_GE(child.counters().requests, 1U);
  EXPECT_GE(child.counters().bytes, 8U);
  EXPECT_EQ(child.counters().refused, 0U);
}

TEST(CatchAll, RefusedCallsAreEpermWhateverTheyAskFor) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    const auto listener = install_catch_all_filter();
    if (!listener || !send_descriptor(ends[1], listener->get(), std::byte{1}))
      ::_exit(99);
    ::close(listener->get());
    std::array<char, 16> buffer{};
    for (int i = 0; i < 100; ++i)
      expect(raw_getrandom(buffer.data(), buffer.size()) == -EPERM, "not EPERM");
    expect(raw_getrandom(buffer.data(), 0) == -EPERM, "not EPERM for nothing");
    expect(raw_getrandom(buffer.data(), 8, GRND_NONBLOCK) == -EPERM, "not EPERM without blocking");
    ::_exit(0);
  }
  ::close(ends[1]);
  const ReceivedDescriptor received = receive_descriptor(ends[0]);
  ::close(ends[0]);
  ASSERT_TRUE(received.descriptor);
  refuse_calls(received.descriptor.get(), TakenCalls()); // ends with the child
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(CatchAll, TenThousandCallsLeaveNoDescriptorOpen) {
  CountedStore counted;
  const int before = ::dup(0);
  CaughtChild child(counted.store, [] {
    std::array<char, 16> buffer{};
    for (int i = 0; i < 10'000; ++i)
      expect(raw_getrandom(buffer.data(), buffer.size()) == 16, "not filled");
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
  ::close(before);
  const int after = ::dup(0);
  EXPECT_LE(after, before + 2); // the listener's, which the child object still holds
  ::close(after);
}

} // namespace
} // namespace kif::broker
