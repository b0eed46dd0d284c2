// SPDX-License-Identifier: Apache-2.0
// The application of the tests of kif-init: says what it got and what happens to it. Needs nothing but glibc, so that
// it runs in any root.
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ; // NOLINT(readability-redundant-declaration)

namespace {

int number(const char* text) {
  int value = 0;
  std::from_chars(text, text + std::strlen(text), value);
  return value;
}

/// By the instruction itself, past libkif-random.so, which stands in for syscall() too. Bytes, or a negative errno.
long raw_getrandom(char* out, long size) {
#if defined(__x86_64__)
  long result = SYS_getrandom;
  asm volatile("syscall" : "+a"(result) : "D"(out), "S"(size), "d"(0L) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long number asm("x8") = SYS_getrandom;
  register long first asm("x0") = reinterpret_cast<long>(out);
  register long second asm("x1") = size;
  register long third asm("x2") = 0;
  asm volatile("svc 0" : "+r"(first) : "r"(number), "r"(second), "r"(third) : "memory");
  return first;
#endif
}

volatile std::sig_atomic_t g_interrupts = 0;
void count_interrupt(int) {
  g_interrupts = g_interrupts + 1;
}

/// Says "got N" for each signal, with the value it carried, and exits with 7 at SIGTERM. Not for SIGURG: Go's runtime
/// sends it to runc's own threads, and runc 1.1 passes on to the container whatever it gets.
int take_signals() {
  sigset_t all;
  sigfillset(&all);
  sigdelset(&all, SIGURG);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  std::puts("up");
  std::fflush(stdout);
  for (;;) {
    siginfo_t info{};
    if (sigwaitinfo(&all, &info) < 0)
      continue;
    std::printf("got %d %d\n", info.si_signo, info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
    std::fflush(stdout);
    if (info.si_signo == SIGTERM)
      return 7;
  }
}

/// Leaves `count` dead grandchildren to process 1, and says how many of them are still there after a while.
int leave_orphans(int count) {
  int ends[2];
  if (pipe(ends) != 0)
    return 1;
  if (fork() == 0) {
    for (int i = 0; i < count; ++i) {
      const pid_t orphan = fork();
      if (orphan == 0) {
        usleep(50'000); // until its parent is gone
        _exit(0);
      }
      if (write(ends[1], &orphan, sizeof orphan) != sizeof orphan)
        _exit(1);
    }
    _exit(0);
  }
  wait(nullptr);
  close(ends[1]);
  sleep(1);
  int left = 0;
  pid_t orphan = 0;
  while (read(ends[0], &orphan, sizeof orphan) == sizeof orphan)
    left += kill(orphan, 0) == 0 || errno != ESRCH ? 1 : 0;
  std::printf("%d left\n", left);
  return 0;
}

/// Says whether the terminal is this process's, then waits for Ctrl-C and says how often it came.
int use_terminal() {
  struct sigaction action {};
  action.sa_handler = count_interrupt;
  sigaction(SIGINT, &action, nullptr);
  std::printf("foreground %d\n", tcgetpgrp(STDIN_FILENO) == getpgrp() ? 1 : 0);
  std::fflush(stdout);
  while (g_interrupts == 0)
    usleep(10'000);
  usleep(300'000); // a second one would come by now
  std::printf("interrupts %d\n", static_cast<int>(g_interrupts));
  return 0;
}

int copy_input() {
  char buffer[4096];
  ssize_t size = 0;
  while ((size = read(STDIN_FILENO, buffer, sizeof buffer)) > 0)
    if (write(STDOUT_FILENO, buffer, static_cast<std::size_t>(size)) != size)
      return 1;
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "arguments") {
    for (int i = 2; i < argc; ++i)
      std::printf("[%s]\n", argv[i]);
    return 0;
  }
  if (mode == "environment") {
    for (char** variable = environ; *variable != nullptr; ++variable)
      std::puts(*variable);
    return 0;
  }
  if (mode == "process") {
    std::printf("pid %d parent %d uid %d\n", getpid(), getppid(), static_cast<int>(getuid()));
    return 0;
  }
  if (mode == "exit" && argc > 2)
    return number(argv[2]);
  if (mode == "die" && argc > 2) {
    raise(number(argv[2]));
    return 1;
  }
  if (mode == "random") {
    char bytes[16];
    std::printf("getrandom %ld\n", raw_getrandom(bytes, sizeof bytes));
    return 0;
  }
  if (mode == "signals")
    return take_signals();
  if (mode == "orphans")
    return leave_orphans(20);
  if (mode == "terminal")
    return use_terminal();
  if (mode == "input")
    return copy_input();
  return 99;
}
