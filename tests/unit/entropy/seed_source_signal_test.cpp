// SPDX-License-Identifier: Apache-2.0
// Signal handlers that fork in the middle of a draw. Parent and child both return into it; the child's must not end
// with bytes that the parent gets as well.
#include "entropy/seed_source.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "mock_noise_source.h"

namespace kif::entropy {
namespace {

constexpr auto k_none = SourceError::none;
/// 80 bytes: two blocks and a half, so that a draw has bytes behind it and leaves some over.
using Words = std::array<std::uint64_t, 10>;

Words drawn(SeedSource& source) {
  Words words{};
  EXPECT_EQ(source.draw(std::as_writable_bytes(std::span(words))), k_none);
  return words;
}

bool all_distinct(SharedArray<Words>& draws) {
  std::set<std::uint64_t> seen;
  return std::all_of(draws.begin(), draws.end(), [&](const Words& words) {
    return std::all_of(words.begin(), words.end(), [&](std::uint64_t word) { return seen.insert(word).second; });
  });
}

bool balances(const Counters& counters) {
  return counters.bytes_credited == counters.bytes_handed_out + counters.bytes_held + counters.bytes_discarded;
}

std::atomic<pid_t> forked_by_handler;
void* protected_page = nullptr;

void fork_in_handler(int signal) {
  if (signal == SIGSEGV) // the access that brought us here goes on, in both processes
    ::mprotect(protected_page, 4096, PROT_READ | PROT_WRITE);
  forked_by_handler = ::fork();
}

void fork_on(int signal) {
  forked_by_handler = -1;
  struct sigaction action {};
  action.sa_handler = fork_in_handler;
  ::sigaction(signal, &action, nullptr);
}

/// A page whose first touch raises SIGSEGV.
std::span<std::byte> new_protected_page() {
  protected_page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return {static_cast<std::byte*>(protected_page), 4096};
}

/// After a draw under which fork_in_handler() forked, in both processes: draws once more, and ends the child. Then, in
/// the parent: 0 where all four draws are distinct and all accounts right.
int compare_draws(SeedSource& source, const MockNoiseSource& noise, SharedArray<Words>& draws, const Words& first) {
  const bool is_child = forked_by_handler == 0;
  draws[is_child ? 2 : 0] = first;
  draws[is_child ? 3 : 1] = drawn(source);
  const int result = result_of([&] {
    if (!balances(source.counters()))
      return 11;
    return noise.contract_violations() == 0 ? 0 : 12;
  });
  if (is_child)
    ::_exit(result);
  if (result != 0)
    return result;
  if (forked_by_handler < 0)
    return 13;
  if (const int childs = wait_for(forked_by_handler); childs != 0)
    return childs + 20;
  return all_distinct(draws) ? 0 : 14;
}

TEST(SeedSourceSignalTest, AForkUnderADrawMakesTheChildDrawAnew) {
  enum class Moment { clock, startup, collector, first_read, second_read };
  static std::atomic<int> countdown; // to the call that forks
  static const auto count = [] {
    if (--countdown == 0)
      ::raise(SIGUSR1);
  };
  for (const bool kernel_wipes : {true, false})
    for (const bool filled : {true, false})
      for (const Moment moment :
           {Moment::clock, Moment::startup, Moment::collector, Moment::first_read, Moment::second_read}) {
        if (filled && moment == Moment::startup)
          continue; // what fills the pool has passed it
        const auto body = [&] {
          if (!kernel_wipes)
            set_wipe_on_fork(WipeOnFork::refused);
          fork_on(SIGUSR1);
          MockNoiseSource noise;
          SeedSource::Options options{.pool_bytes = 64};
          static bool in_clock;
          in_clock = moment == Moment::clock;
          options.clock = [](void*) noexcept {
            if (in_clock)
              count();
            return read_kernel_clocks(nullptr);
          };
          SeedSource source(noise, options);
          countdown = 1'000'000;
          if (filled && source.fill(32) != k_none)
            return 1;
          if (filled && moment == Moment::collector) // the collector at hand fails, and another is made
            noise.fail(MockNoiseSource::read, SourceError::lag_predictor, noise.calls(MockNoiseSource::read) + 1, 1);
          noise.hook = [&](MockNoiseSource::Point point) {
            if ((moment == Moment::startup && point == MockNoiseSource::startup) ||
                (moment == Moment::collector && point == MockNoiseSource::collector) ||
                (moment >= Moment::first_read && point == MockNoiseSource::read))
              count();
          };
          SharedArray<Words> draws(4);
          countdown = moment == Moment::second_read ? 2 : 1;
          return compare_draws(source, noise, draws, drawn(source));
        };
        EXPECT_EQ(in_child(body), 0) << "moment " << static_cast<int>(moment) << ", filled " << filled
                                     << ", kernel wipes " << kernel_wipes;
      }
}

TEST(SeedSourceSignalTest, AForkUnderTheCopyFromTheSlotMakesTheChildDrawAnew) {
  for (const bool kernel_wipes : {true, false})
    EXPECT_EQ(in_child([&] {
                if (!kernel_wipes)
                  set_wipe_on_fork(WipeOnFork::refused);
                fork_on(SIGSEGV);
                MockNoiseSource noise;
                SeedSource source(noise, {.pool_bytes = 64});
                if (source.fill(64) != k_none)
                  return 1;
                SharedArray<Words> draws(4);
                const auto out = new_protected_page().first(sizeof(Words));
                if (source.draw(out) != k_none)
                  return 2;
                Words first{};
                std::copy(out.begin(), out.end(), std::as_writable_bytes(std::span(first)).begin());
                return compare_draws(source, noise, draws, first);
              }),
              0)
        << "kernel wipes " << kernel_wipes;
}

TEST(SeedSourceSignalTest, AForkUnderTheCopyIntoTheSlotLeavesTheChildNothing) {
  EXPECT_EQ(in_child([] {
              fork_on(SIGSEGV);
              const ForkWipedMemory memory(sizeof(PoolSlot));
              const std::span slots(std::construct_at(reinterpret_cast<PoolSlot*>(memory.bytes().data())), 1);
              SeedPool pool(slots);
              const std::size_t stored = pool.store(new_protected_page().first(32), Generation{1} << 24);
              if (forked_by_handler == 0)
                ::_exit(stored == 32 && pool.held() == 0 && slots[0].word == 0 ? 0 : 1);
              return pool.held() == 32 ? wait_for(forked_by_handler) : 2;
            }),
            0);
}

TEST(SeedSourceSignalTest, AForkUnderTheWaitForACollectorDoesNotHangTheChild) {
  for (const bool kernel_wipes : {true, false})
    EXPECT_EQ(in_child([&] {
                if (!kernel_wipes)
                  set_wipe_on_fork(WipeOnFork::refused);
                fork_on(SIGUSR1);
                MockNoiseSource noise;
                SeedSource source(noise, {.pool_bytes = 64});
                const pid_t parent = ::getpid();
                std::atomic<std::size_t> inside{0};
                std::atomic<bool> go_on{false};
                noise.hook = [&](MockNoiseSource::Point point) {
                  if (point != MockNoiseSource::read || ::getpid() != parent)
                    return;
                  ++inside;
                  wait_until([&] { return go_on.load(); });
                };
                std::vector<std::thread> busy;
                for (std::size_t i = 0; i < usable_collectors(); ++i)
                  busy.emplace_back([&] { drawn(source); });
                if (!wait_until([&] { return inside == usable_collectors(); }))
                  return 1;
                SharedArray<Words> draws(4);
                int result = 0;
                std::thread waiting([&] {
                  const Words first = drawn(source);
                  if (forked_by_handler != 0) // the parent's accounts are right once nobody draws
                    for (auto& thread : busy)
                      thread.join();
                  result = compare_draws(source, noise, draws, first);
                });
                std::this_thread::sleep_for(std::chrono::milliseconds(20)); // it comes to wait
                ::pthread_kill(waiting.native_handle(), SIGUSR1);
                const bool forked = wait_until([] { return forked_by_handler > 0; });
                go_on = true;
                waiting.join();
                return forked ? result : 2;
              }),
              0)
        << "kernel wipes " << kernel_wipes;
}

} // namespace
} // namespace kif::entropy
