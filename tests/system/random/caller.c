// SPDX-License-Identifier: Apache-2.0
// Asks for random bytes as static programs and raw system calls do. Says what came of it, and ends with 1 where that was wrong.
//   caller hex COUNT               COUNT times 16 bytes
//   caller small COUNT             COUNT times 16 bytes by libc's function, as most programs ask
//   caller lengths                 every length and flag
//   caller flood PROCESSES CALLS   all at once
//   caller forks COUNT HOW         a process with 8 busy threads that forks
//   caller until SECONDS           asks on and on until it is refused, and says how, and what else is refused then
#define _GNU_SOURCE
#include "caller.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void need(int good, const char* what, long got) {
  if (good)
    return;
  if (got < 0)
    printf("%s: %s\n", what, strerrorname_np((int)-got));
  else
    printf("%s: got %ld\n", what, got);
  fflush(stdout);
  _exit(1);
}

static void hex(int count) {
  for (int i = 0; i < count; ++i) {
    unsigned char bytes[16];
    const long got = raw_getrandom(bytes, sizeof bytes, 0);
    need(got == sizeof bytes, "getrandom", got);
    for (size_t k = 0; k < sizeof bytes; ++k)
      printf("%02x", bytes[k]);
    printf("\n");
  }
}

static void small(int count) {
  for (int i = 0; i < count; ++i) {
    unsigned char bytes[16];
    const long got = libc_getrandom(bytes, sizeof bytes, 0);
    need(got == sizeof bytes, "getrandom", got);
  }
  printf("small ok %d\n", count);
}

static int is_all_zero(const unsigned char* bytes, size_t length) {
  for (size_t i = 0; i < length; ++i)
    if (bytes[i] != 0)
      return 0;
  return 1;
}

/// Each end of what was asked for is filled, and not a byte behind it.
static void need_filled(unsigned char* memory, size_t length, unsigned flags, long (*ask)(void*, size_t, unsigned)) {
  memset(memory, 0, length + 64);
  const long got = ask(memory, length, flags);
  need(got == (long)length, "short or refused", got);
  need(length < 16 || !is_all_zero(memory + length - 16, 16), "the end is not filled", (long)length);
  need(is_all_zero(memory + length, 64), "written behind the end", (long)length);
}

static void lengths(void) {
  const size_t room = (size_t)64 << 20;
  unsigned char* memory =
      mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  static const size_t all[] = {1, 8, 32, 256, 257, 4096, 65536, 1 << 20};
  static const unsigned flags[] = {0, GRND_NONBLOCK, GRND_RANDOM, GRND_RANDOM | GRND_NONBLOCK, 4, 4 | GRND_NONBLOCK};
  for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
    for (size_t k = 0; k < sizeof flags / sizeof *flags; ++k) {
      need_filled(memory, all[i], flags[k], raw_getrandom);
      need_filled(memory, all[i], flags[k], libc_getrandom);
    }
  need(raw_getrandom(memory, 0, 0) == 0 && libc_getrandom(NULL, 0, 0) == 0, "no length", -1);
  for (unsigned flag = 8; flag != 0; flag <<= 1)
    need(raw_getrandom(memory, 32, flag) == -EINVAL && libc_getrandom(memory, 32, flag) == -EINVAL, "unknown flag", flag);
  need(raw_getrandom(memory, 32, 4 | GRND_RANDOM) == -EINVAL, "contradicting flags", -1);
  need(raw_getrandom(NULL, 32, 0) == -EFAULT, "no buffer", raw_getrandom(NULL, 32, 0));
  const long most = raw_getrandom(memory, (size_t)1 << 31, 0);
  need(most >= 33554431, "2^31", most);
  need(!is_all_zero(memory + most - 16, 16), "2^31 is not filled to its end", most);
  printf("lengths ok, %ld of 2^31\n", most);
}

static void until(int seconds) {
  unsigned char bytes[32];
  long got = 0;
  printf("up\n");
  fflush(stdout);
  const time_t end = time(NULL) + seconds;
  while ((got = raw_getrandom(bytes, sizeof bytes, 0)) == sizeof bytes)
    need(time(NULL) < end, "still answered", got);
  need(got < 0, "short", got);
  printf("refused %s\n", strerrorname_np((int)-got));
  // And that is how it stays, for all flags and for children too.
  for (int i = 0; i < 100; ++i)
    need(raw_getrandom(bytes, sizeof bytes, i % 4) == got, "another error", raw_getrandom(bytes, sizeof bytes, i % 4));
  const pid_t child = fork();
  if (child == 0)
    _exit(raw_getrandom(bytes, sizeof bytes, 0) == got ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  need(status == 0, "the child got something else", status);
  printf("children refused too\n");
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "hex") == 0 && argc == 3)
    hex(atoi(argv[2]));
  else if (strcmp(what, "small") == 0 && argc == 3)
    small(atoi(argv[2]));
  else if (strcmp(what, "lengths") == 0)
    lengths();
  else if (strcmp(what, "flood") == 0 && argc == 4)
    flood(atoi(argv[2]), atoi(argv[3]));
  else if (strcmp(what, "forks") == 0 && argc == 4)
    forks(atoi(argv[2]), argv[3]);
  else if (strcmp(what, "until") == 0 && argc == 3)
    until(atoi(argv[2]));
  else
    return 2;
  return 0;
}
