/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks for random bytes on and on, and says when what comes of it changes. Static, so that only the catch-all serves it, or dynamic.
 *   drawer watch                  prints "drawn" or the error's name at each change; at SIGTERM "asked to end", and goes on a while
 *   drawer once COUNT             COUNT draws; prints how many were drawn, and the first error
 *   drawer workers N KIB          N processes that each hold so much memory and draw; one that ends is replaced, and said; says of its own draws
 *                                 what watch does
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void pause_ms(long ms) {
  struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&pause, NULL);
}

/* 0, or errno. */
static int draw(void) {
  unsigned char bytes[16];
  return getrandom(bytes, sizeof bytes, 0) == (ssize_t)sizeof bytes ? 0 : errno;
}

static volatile sig_atomic_t is_asked;
static void be_asked(int signal) {
  (void)signal;
  is_asked = 1;
}

__attribute__((noreturn)) static void watch(void) {
  signal(SIGTERM, be_asked);
  for (int last = -1, said = 0;;) {
    const int now = draw();
    if (now != last)
      printf("%s\n", now == 0 ? "drawn" : strerrorname_np(now));
    last = now;
    if (is_asked && !said)
      printf("asked to end\n");
    said = is_asked;
    fflush(stdout);
    pause_ms(10);
  }
}

static int once(long count) {
  long done = 0;
  int error = 0;
  while (done < count && (error = draw()) == 0)
    ++done;
  printf("%ld %s\n", done, error == 0 ? "all" : strerrorname_np(error));
  return error != 0;
}

__attribute__((noreturn)) static void work(long kib) {
  const size_t size = (size_t)kib * 1024;
  volatile char *const memory = malloc(size);
  for (;;) {
    const char value = (char)(1 + draw());
    for (size_t at = 0; at < size; at += 1024)
      memory[at] = value;
    pause_ms(20);
  }
}

static void start_worker(long kib) {
  if (fork() == 0)
    work(kib);
}

__attribute__((noreturn)) static void workers(int count, long kib) {
  for (int i = 0; i < count; ++i)
    start_worker(kib);
  printf("up\n");
  for (int last = -1;;) {
    int status = 0;
    while (waitpid(-1, &status, WNOHANG) > 0) {
      printf("a worker ended by %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
      start_worker(kib);
    }
    const int now = draw();
    if (now != last)
      printf("%s\n", now == 0 ? "drawn" : strerrorname_np(now));
    last = now;
    fflush(stdout);
    pause_ms(100);
  }
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "watch") == 0)
    watch();
  if (argc == 3 && strcmp(argv[1], "once") == 0)
    return once(atol(argv[2]));
  if (argc == 4 && strcmp(argv[1], "workers") == 0)
    workers(atoi(argv[2]), atol(argv[3]));
  return 99;
}
