// SPDX-License-Identifier: Apache-2.0
// libkif-random's own code under ThreadSanitizer: 8 threads draw small and large while others fork, by whatever way
// there is.
//   storm FORKS
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include "random/fill.h"
#include "random/syscalls.h"

// What the assembly jumps to; functions.cpp, which has them, would take the names of interceptors.
extern "C" ssize_t kif_getrandom(void* buffer, std::size_t length, unsigned flags) {
  return kif::random::with_errno(kif::random::fill(buffer, length, flags));
}
extern "C" long kif_fail_syscall(long result) {
  return kif::random::with_errno(result);
}
extern "C" long kif_open_syscall(long number, long a, long b, long c, long d) {
  return kif::random::with_errno(kif::random::call(number, a, b, c, d));
}
extern "C" long kif_statx_syscall(long number, long folder, long path, long flags, long mask, long file) {
  return kif::random::with_errno(kif::random::call(number, folder, path, flags, mask, file));
}
extern "C" long kif_seccomp(unsigned, unsigned, void*) {
  return kif::random::with_errno(-ENOSYS);
}

namespace {

using Bytes = std::array<unsigned char, 16>;

[[noreturn]] void fail(const char* what) {
  std::printf("%s\n", what);
  std::fflush(stdout);
  ::_exit(1);
}

void draw(void* buffer, std::size_t length) {
  if (kif::random::fill(buffer, length, 0) != static_cast<ssize_t>(length))
    fail("not filled");
}

} // namespace

int main(int argc, char** argv) {
  // ThreadSanitizer of older compilers cannot place its memory under strong address randomisation.
  const int persona = ::personality(0xffff'ffff);
  if ((persona & ADDR_NO_RANDOMIZE) == 0 && ::personality(static_cast<unsigned long>(persona | ADDR_NO_RANDOMIZE)) >= 0)
    ::execv("/proc/self/exe", argv);
  const int forks = argc > 1 ? std::atoi(argv[1]) : 0;
  auto* all = static_cast<Bytes*>(::mmap(nullptr, static_cast<std::size_t>(forks + 1) * sizeof(Bytes),
                                         PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  std::atomic<bool> done{false};
  std::array<std::vector<Bytes>, 8> drawn;
  std::vector<std::thread> threads;
  for (auto& mine : drawn)
    threads.emplace_back([&] {
      std::vector<unsigned char> large(5000);
      while (!done) {
        for (int i = 0; i < 20; ++i)
          draw(mine.emplace_back().data(), sizeof(Bytes));
        draw(large.data(), large.size());
      }
    });
  for (int i = 0; i < forks; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      draw(all[i].data(), sizeof(Bytes));
      ::_exit(0);
    }
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0)
      fail("a child failed");
  }
  done = true;
  for (std::thread& thread : threads)
    thread.join();
  std::vector<Bytes> bytes(all, all + forks);
  for (const auto& mine : drawn)
    bytes.insert(bytes.end(), mine.begin(), mine.end());
  std::sort(bytes.begin(), bytes.end());
  if (std::adjacent_find(bytes.begin(), bytes.end()) != bytes.end())
    fail("two are equal");
  const auto& counters = kif_random_counters;
  std::printf("storm ok %d forks, catch-all %d broker %d own %d\n", forks, counters.catch_all_bytes > 0,
              counters.broker_bytes > 0, counters.own_bytes > 0);
}
