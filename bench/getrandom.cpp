// SPDX-License-Identifier: Apache-2.0
// getrandom BYTES CALLS [raw]: for every line on stdin, the ns that one call took on average. raw: the system call itself, which no
// interposer sees.
#include <cstdlib>
#include <cstring>
#include <vector>

#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "each_line.h"

namespace {

long raw_getrandom(void* buffer, std::size_t bytes) {
#if defined(__x86_64__)
  long result = SYS_getrandom;
  asm volatile("syscall" : "+a"(result) : "D"(buffer), "S"(bytes), "d"(0L) : "rcx", "r11", "memory");
  return result;
#else
  return ::syscall(SYS_getrandom, buffer, bytes, 0);
#endif
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return 2;
  std::vector<char> buffer(std::strtoul(argv[1], nullptr, 10));
  const long calls = std::strtol(argv[2], nullptr, 10);
  const bool raw = argc > 3 && std::strcmp(argv[3], "raw") == 0;
  return bench::for_each_line([&]() -> double {
    const std::int64_t start = bench::now_ns();
    for (long i = 0; i < calls; ++i) {
      const long got = raw ? raw_getrandom(buffer.data(), buffer.size()) : ::getrandom(buffer.data(), buffer.size(), 0);
      if (got != static_cast<long>(buffer.size()))
        return -1;
    }
    return static_cast<double>(bench::now_ns() - start) / static_cast<double>(calls);
  });
}
