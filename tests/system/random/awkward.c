// SPDX-License-Identifier: Apache-2.0
// The interposer at moments when little of a process works. Each subject is a process of its own; the last line says which way the bytes came.
#define _GNU_SOURCE
#include "awkward.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

const struct random_counters* random_counters(void) { return dlsym(RTLD_DEFAULT, "kif_random_counters"); }

void need(int good, const char* what) {
  if (good)
    return;
  printf("wrong: %s (%s)\n", what, strerrorname_np(errno));
  fflush(stdout);
  _exit(1);
}

/// Of glibc 2.36, which the machine that builds this may not have; in the image the interposer has them in any case.
static void (*find_arc4random_buf(void))(void*, size_t) {
  void (*function)(void*, size_t);
  *(void**)&function = dlsym(RTLD_DEFAULT, "arc4random_buf");
  return function;
}

void draw_all_ways(void) {
  unsigned char bytes[4][32] = {{0}};
  void (*const arc4random_buf_here)(void*, size_t) = find_arc4random_buf();
  need(getrandom(bytes[0], 32, 0) == 32, "getrandom");
  need(getentropy(bytes[1], 32) == 0, "getentropy");
  need(syscall(SYS_getrandom, bytes[2], 32, GRND_NONBLOCK) == 32, "syscall");
  if (arc4random_buf_here != NULL)
    arc4random_buf_here(bytes[3], 32);
  for (int i = 0; i < 4; ++i)
    for (int k = 0; k < i; ++k)
      need(memcmp(bytes[i], bytes[k], 32) != 0, "two ways gave the same");
}

static unsigned char early_bytes[32];
static long early_got;
__attribute__((constructor(101))) static void draw_early(void) {
  early_got = getrandom(early_bytes, sizeof early_bytes, 0);
}

static void constructor(void) {
  static const unsigned char zeros[32];
  need(early_got == 32, "getrandom before main");
  need(memcmp(early_bytes, zeros, 32) != 0, "nothing came before main");
}

static volatile sig_atomic_t handled;
static void draw_in_handler(int unused) {
  (void)unused;
  const int before = errno;
  unsigned char bytes[64];
  const ssize_t got = getrandom(bytes, sizeof bytes, 0);
  // ENOSYS: it came while the process's own generator is being used below.
  if (got == 64 || (got < 0 && errno == ENOSYS && random_counters()->own_bytes > 0))
    ++handled;
  else
    handled = -1000000;
  errno = before;
}

static void handler(void) {
  signal(SIGALRM, draw_in_handler);
  draw_all_ways();
  const struct itimerval often = {{0, 500}, {0, 500}};
  setitimer(ITIMER_REAL, &often, NULL);
  unsigned char large[3000];
  for (int i = 0; i < 1000000 && handled >= 0 && handled < 400; ++i) {
    need(getrandom(large, 16, 0) == 16, "a small request was interrupted");
    const ssize_t got = getrandom(large, sizeof large, 0);
    need(got == sizeof large || (got < 0 && errno == EINTR), "a large request");
  }
  need(handled >= 400, "the handler");
}

static void closed(void) {
  for (int fd = 3; fd < 1024; ++fd)
    close(fd);
  draw_all_ways();
  close(STDIN_FILENO); // the next descriptor is 0
  draw_all_ways();
  for (int i = 0; i < 10000; ++i) {
    unsigned char bytes[300];
    need(getrandom(bytes, sizeof bytes, 0) == sizeof bytes, "one of many");
  }
  need(dup(1) == 0, "a descriptor was left open");
}

static void new_root(void) {
  need(mkdir("/tmp/root", 0755) == 0 && chroot("/tmp/root") == 0 && chdir("/") == 0, "chroot");
  draw_all_ways();
}

/// In namespaces of its own, as sandboxes make them. A child of a new PID namespace has number 1.
static void namespaces(void) {
  draw_all_ways();
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET) != 0) {
    printf("skipped: no namespaces here: %s\n", strerrorname_np(errno));
    exit(0);
  }
  draw_all_ways();
  unsigned char(*both)[32] = mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const pid_t child = fork();
  if (child == 0) {
    need(getpid() == 1 && getrandom(both[0], 32, 0) == 32, "process 1 of a namespace");
    _exit(0);
  }
  int status = 0;
  need(waitpid(child, &status, 0) == child && status == 0, "the child");
  need(getrandom(both[1], 32, 0) == 32 && memcmp(both[0], both[1], 32) != 0, "the same as the child");
}

static void other_user(void) {
  draw_all_ways();
  need(setgid(65534) == 0 && setuid(65534) == 0, "setuid");
  const uint64_t before = random_counters()->broker_bytes + random_counters()->own_bytes;
  unsigned char bytes[300];
  draw_all_ways();
  need(getrandom(bytes, sizeof bytes, 0) == sizeof bytes, "getrandom as another user");
  need(random_counters()->broker_bytes + random_counters()->own_bytes > before, "whence?");
}

/// Without a call: it would write over the address at which syscall() returns in the parent, with glibc's own too.
static inline __attribute__((always_inline, noreturn)) void leave(int code) {
#if defined(__x86_64__)
  __asm__ volatile("syscall" : : "a"((long)SYS_exit_group), "D"((long)code) : "rcx", "r11", "memory");
#endif
  _exit(code);
}

static void vforked(void) {
  for (int i = 0; i < 100; ++i) {
    const long child = syscall(SYS_vfork);
    if (child == 0)
      leave(7);
    int status = 0;
    need(child > 0 && waitpid((pid_t)child, &status, 0) == child && WEXITSTATUS(status) == 7, "vfork");
  }
}

static void six_arguments(void) {
  const int fd = open("/proc/self/exe", O_RDONLY);
  need(fd >= 0, "open");
  char direct[64];
  need(pread(fd, direct, sizeof direct, 4096) == sizeof direct, "pread");
  char* mapped = (char*)syscall(SYS_mmap, NULL, 4096L, (long)PROT_READ, (long)MAP_PRIVATE, (long)fd, 4096L);
  need(mapped != MAP_FAILED && memcmp(mapped, direct, sizeof direct) == 0, "mmap of six arguments");
  need(syscall(SYS_getpid) == getpid(), "getpid");
  errno = 0;
  need(syscall(SYS_close, -1L) == -1 && errno == EBADF, "an error of syscall");
  need(syscall(999999L) == -1 && errno == ENOSYS, "an unknown call");
}

static void secure(void) {
  need(getauxval(AT_SECURE) != 0, "this program is not setuid here");
  unsigned char bytes[32];
  need(getrandom(bytes, sizeof bytes, 0) == 32, "getrandom");
  const struct random_counters* counters = random_counters();
  need(counters == NULL || counters->catch_all_bytes + counters->broker_bytes + counters->own_bytes == 0,
       "the interposer did not stay away");
}

static void edges(void) {
  unsigned char bytes[512];
  errno = 0;
  need(getentropy(bytes, 257) == -1 && errno == EIO, "getentropy of 257");
  need(getentropy(bytes, 256) == 0 && getentropy(bytes, 0) == 0 && getentropy(NULL, 0) == 0, "getentropy");
  need(getrandom(bytes, 0, 0) == 0 && getrandom(NULL, 0, 0) == 0, "no length");
  for (unsigned flag = 8; flag != 0; flag <<= 1)
    need(getrandom(bytes, 16, flag) == -1 && errno == EINVAL, "an unknown flag");
  uint32_t (*uniform)(uint32_t);
  *(void**)&uniform = dlsym(RTLD_DEFAULT, "arc4random_uniform");
  need(uniform != NULL && uniform(0) == 0 && uniform(1) == 0, "arc4random_uniform of 0 and 1");
  static const uint32_t bounds[] = {2, 3, 7, 255, 256, 257, 0x80000000U, 0x80000001U, 0xffffffffU};
  for (size_t b = 0; b < sizeof bounds / sizeof *bounds; ++b)
    for (int i = 0; i < 2000; ++i)
      need(uniform(bounds[b]) < bounds[b], "arc4random_uniform at or over its bound");
  int seen[6] = {0};
  for (int i = 0; i < 6000; ++i)
    ++seen[uniform(6)];
  for (int i = 0; i < 6; ++i) // mean 1000, standard deviation 29: off by 8 of them once in 10^15
    need(seen[i] > 770 && seen[i] < 1230, "arc4random_uniform is not uniform");
}

static void none(void) {}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    void (*run)(void);
  } subjects[] = {{"constructor", constructor}, {"handler", handler}, {"closed", closed},     {"chroot", new_root},
                  {"namespaces", namespaces},   {"user", other_user}, {"vfork", vforked},     {"six", six_arguments},
                  {"secure", secure},           {"edges", edges},     {"ways", draw_all_ways}, {"none", none}};
  const char* subject = argc > 1 ? argv[1] : "";
  int found = 0;
  for (size_t i = 0; i < sizeof subjects / sizeof *subjects; ++i)
    if (strcmp(subject, subjects[i].name) == 0) {
      subjects[i].run();
      found = 1;
    }
  need(found || try_devices(subject) || try_descriptors(subject), "no such subject");
  const struct random_counters* counters = random_counters();
  if (counters == NULL)
    printf("%s ok, without interposer\n", subject);
  else
    printf("%s ok,%s%s%s refused %lu\n", subject, counters->catch_all_bytes ? " catch-all" : "", counters->broker_bytes ? " broker" : "",
           counters->own_bytes ? " own" : "", (unsigned long)counters->refused);
  return 0;
}
