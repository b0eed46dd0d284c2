// SPDX-License-Identifier: Apache-2.0
// Many processes at once, and forks of a process whose threads are busy drawing.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"

enum { BYTES = 16, THREADS = 8 };

static void* shared(size_t bytes) {
  return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static int compare(const void* a, const void* b) { return memcmp(a, b, BYTES); }

static void need_distinct(unsigned char (*all)[BYTES], size_t count) {
  qsort(all, count, BYTES, compare);
  for (size_t i = 1; i < count; ++i)
    need(memcmp(all[i - 1], all[i], BYTES) != 0, "two are equal", (long)i);
}

void flood(int processes, int calls) {
  unsigned char(*all)[BYTES] = shared((size_t)processes * calls * BYTES);
  int go[2];
  need(pipe(go) == 0, "pipe", -errno);
  for (int p = 0; p < processes; ++p)
    if (fork() == 0) {
      char none;
      close(go[1]);
      need(read(go[0], &none, 1) == 0, "start", 0); // all at once
      for (int i = 0; i < calls; ++i) {
        const long got = raw_getrandom(all[p * calls + i], BYTES, (unsigned)i % 2);
        need(got == BYTES, "short or refused", got);
      }
      _exit(0);
    }
  close(go[1]);
  close(go[0]);
  int status = 0;
  while (wait(&status) > 0)
    need(status == 0, "a process failed", status);
  need_distinct(all, (size_t)processes * calls);
  printf("flood ok %d\n", processes * calls);
}

static int draw(unsigned char* bytes) { return libc_getrandom(bytes, BYTES, 0) == BYTES; }

static int (*rand_bytes)(unsigned char*, int);
static int draw_by_libcrypto(unsigned char* bytes) { return rand_bytes(bytes, BYTES) == 1; }

static int (*busy_draw)(unsigned char*) = draw;
static atomic_long drawn_by_threads;
static void* be_busy(void* unused) {
  for (;;) {
    unsigned char bytes[BYTES];
    need(busy_draw(bytes), "a busy thread got nothing", -errno);
    atomic_fetch_add(&drawn_by_threads, 1);
  }
  return unused;
}

static void on_alarm(int unused) {
  (void)unused;
  static const char text[] = "a child hangs\n";
  if (write(STDOUT_FILENO, text, sizeof text - 1) > 0)
    kill(0, SIGKILL); // the whole group, hanging child included
}

void forks(int count, const char* how) {
  const int by_libcrypto = strncmp(how, "RAND_bytes", 10) == 0;
  unsigned char first[BYTES];
  if (by_libcrypto) {
#ifdef KIF_WITHOUT_LIBCRYPTO
    need(0, "a static program has no libcrypto", 0);
#else
    void* libcrypto = dlopen("libcrypto.so.3", RTLD_NOW);
    need(libcrypto != NULL, "no libcrypto", 0);
    *(void**)&rand_bytes = dlsym(libcrypto, "RAND_bytes");
#endif
    need(draw_by_libcrypto(first), "RAND_bytes", 0);
  }
  busy_draw = strcmp(how, "RAND_bytes-everywhere") == 0 ? draw_by_libcrypto : draw;
  unsigned char(*all)[BYTES] = shared((size_t)count * BYTES);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; ++i)
    pthread_create(&threads[i], NULL, be_busy, NULL);
  setpgid(0, 0);
  signal(SIGALRM, on_alarm);
  for (int i = 0; i < count; ++i) {
    alarm(30);
    const pid_t child = fork();
    if (child == 0)
      _exit((by_libcrypto ? draw_by_libcrypto : draw)(all[i]) ? 0 : errno != 0 ? errno : 1);
    int status = 0;
    need(waitpid(child, &status, 0) == child, "waitpid", -errno);
    need(WIFEXITED(status), "a child was ended, wait status", status);
    need(status == 0, "a child got nothing", -WEXITSTATUS(status));
  }
  alarm(0);
  // A single fork comes while the threads wait for their first bytes.
  need(drawn_by_threads > 0 || count == 1, "the threads were not busy", 0);
  need_distinct(all, (size_t)count);
  printf("forks ok %d\n", count);
  fflush(stdout);
  _exit(0);
}
