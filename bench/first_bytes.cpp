// SPDX-License-Identifier: Apache-2.0
// The measured side of bench/start: draws from the process's OpenSSL as configured by OPENSSL_CONF, and prints nanoseconds.
//   first_bytes cold          CLOCK_MONOTONIC when the first 32 random bytes were there
//   first_bytes thread N      N times: a new thread's time to its first 32 bytes, in a process that has drawn before
//   first_bytes fork N        N times: a forked child's time to its first 32 bytes, in a process that has drawn before
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string_view>
#include <thread>

#include <openssl/err.h>
#include <openssl/rand.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

std::int64_t now_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

void draw_or_die() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    ERR_print_errors_fp(stderr);
    ::_exit(1);
  }
}

std::int64_t in_a_thread() {
  std::int64_t done = 0;
  const std::int64_t start = now_ns();
  std::thread([&] {
    draw_or_die();
    done = now_ns();
  }).join();
  return done - start;
}

std::int64_t in_a_child() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0)
    ::_exit(1);
  const std::int64_t start = now_ns();
  const pid_t child = ::fork();
  if (child == 0) {
    draw_or_die();
    const std::int64_t done = now_ns();
    ::_exit(::write(ends[1], &done, sizeof done) == sizeof done ? 0 : 1);
  }
  std::int64_t done = 0;
  if (::read(ends[0], &done, sizeof done) != sizeof done)
    ::_exit(1);
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  return done - start;
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  int count = 1;
  if (argc > 2)
    std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), count);
  draw_or_die();
  if (mode == "cold")
    std::printf("%lld\n", static_cast<long long>(now_ns()));
  for (int i = 0; i < count && mode != "cold"; ++i)
    std::printf("%lld\n", static_cast<long long>(mode == "thread" ? in_a_thread() : in_a_child()));
  return mode == "cold" || mode == "thread" || mode == "fork" ? 0 : 2;
}
