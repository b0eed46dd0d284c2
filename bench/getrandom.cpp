// SPDX-License-Identifier: Apache-2.0
// getrandom BYTES CALLS [raw|among|apart|locked]: for every line on stdin, the ns that one call took on average. raw:
// the system call itself, which no interposer sees; among: likewise, while 16 threads ask for 32 MiB each, again and
// again; apart: of a process that is not dumpable; locked: and has a filter.
#include <cstdlib>
#include <string_view>
#include <thread>
#include <vector>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
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

/// As a server does that changed its user, which takes rights that a benchmark has not.
bool lock_in(bool with_filter) {
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return false;
  if (!with_filter)
    return true;
  sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const sock_fprog program{1, &allow};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return 2;
  std::vector<char> buffer(std::strtoul(argv[1], nullptr, 10));
  const long calls = std::strtol(argv[2], nullptr, 10);
  const std::string_view how = argc > 3 ? argv[3] : "";
  const bool among = how == "among";
  const bool raw = among || how == "raw";
  if ((how == "apart" || how == "locked") && !lock_in(how == "locked"))
    return 3;
  for (int i = 0; among && i < 16; ++i)
    std::thread([] {
      std::vector<char> much(33'554'431);
      while (raw_getrandom(much.data(), much.size()) > 0) {
      }
    }).detach();
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
