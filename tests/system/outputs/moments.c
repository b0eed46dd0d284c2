// SPDX-License-Identifier: Apache-2.0
// Preloaded into kif: at the call of number MOMENT among those that make, write and remove files or processes, kif is
// sent the signal SIGNAL, as by kill(1). Without SIGNAL the calls are counted, and their number is written to the file
// COUNT as kif ends.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;
static long moment = -1;
static int signal_number;
static char count_file[4096];
static pid_t process;

__attribute__((constructor)) static void begin(void) {
  process = getpid();
  if (getenv("MOMENT") != NULL)
    moment = atol(getenv("MOMENT"));
  if (getenv("SIGNAL") != NULL)
    signal_number = atoi(getenv("SIGNAL"));
  if (getenv("COUNT") != NULL)
    snprintf(count_file, sizeof count_file, "%s", getenv("COUNT"));
  unsetenv("LD_PRELOAD"); // kif's children are not meant
}

__attribute__((destructor)) static void end(void) {
  if (process != getpid() || count_file[0] == '\0')
    return;
  FILE* file = fopen(count_file, "w");
  if (file != NULL) {
    fprintf(file, "%ld\n", atomic_load(&calls));
    fclose(file);
  }
}

static void pass(void) {
  if (process == getpid() && atomic_fetch_add(&calls, 1) == moment)
    kill(process, signal_number);
}

#define PASS(result, name, parameters, arguments)                                                                      \
  result name parameters {                                                                                             \
    static result(*real) parameters;                                                                                   \
    if (real == NULL)                                                                                                  \
      real = (result(*) parameters)dlsym(RTLD_NEXT, #name);                                                            \
    pass();                                                                                                            \
    const result value = real arguments;                                                                               \
    pass();                                                                                                            \
    return value;                                                                                                      \
  }

typedef char* text;
PASS(text, mkdtemp, (char* name), (name))
PASS(int, mkostemp, (char* name, int flags), (name, flags))
PASS(int, mkdir, (const char* path, mode_t mode), (path, mode))
PASS(int, mkdirat, (int folder, const char* path, mode_t mode), (folder, path, mode))
PASS(int, rename, (const char* from, const char* to), (from, to))
PASS(int, unlink, (const char* path), (path))
PASS(int, unlinkat, (int folder, const char* path, int flags), (folder, path, flags))
PASS(int, fsync, (int fd), (fd))
PASS(int, fchmod, (int fd, mode_t mode), (fd, mode))
PASS(ssize_t, write, (int fd, const void* bytes, size_t size), (fd, bytes, size))
PASS(pid_t, fork, (void), ())
