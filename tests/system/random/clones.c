// SPDX-License-Identifier: Apache-2.0
// Forks that no fork handler sees, of a process that has drawn before: what do parent, children and grandchild draw?
//   clones HOW DRAW    HOW: fork, plain, clone3, _Fork; vfork: in shared memory; namespaces: as process 1 of a PID namespace, whose children are process 1 as well
//                      DRAW: getrandom, RAND_bytes, RAND_priv_bytes, key
//   clones busy COUNT  as `plain`, COUNT times, while threads of the process draw all the time
// Prints how many draws there were and how many of them are distinct; "skipped: REASON" where such a fork is not possible here.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYTES = 32, MAX_DRAWS = 1000, THREADS = 4, TIMES = 3 };

static struct {
  unsigned char draws[MAX_DRAWS][BYTES];
  int count;
  int first_processes; // how many of the processes were process 1
}* all;

static void fail(const char* what) {
  printf("wrong: %s (%s)\n", what, strerror(errno));
  fflush(stdout);
  _exit(1);
}

static int by_getrandom(unsigned char* bytes) { return getrandom(bytes, BYTES, 0) == BYTES; }

static void* libcrypto(const char* name) {
  static void* library;
  if (library == NULL)
    library = dlopen("libcrypto.so.3", RTLD_NOW);
  void* function = library == NULL ? NULL : dlsym(library, name);
  if (function == NULL)
    fail(name);
  return function;
}

static int (*rand_function)(unsigned char*, int);
static int by_rand_function(unsigned char* bytes) { return rand_function(bytes, BYTES) == 1; }

/// The private number of a new P-256 key: made by the module's own DRBG inside of it.
static int by_key(unsigned char* bytes) {
  static void* (*generate)(void*, const char*, const char*, ...);
  static int (*get)(void*, const char*, void**);
  static int (*store)(void*, unsigned char*, int);
  if (generate == NULL) {
    *(void**)&get = libcrypto("EVP_PKEY_get_bn_param");
    *(void**)&store = libcrypto("BN_bn2binpad");
    *(void**)&generate = libcrypto("EVP_PKEY_Q_keygen");
  }
  void* number = NULL;
  void* key = generate(NULL, NULL, "EC", "P-256");
  return key != NULL && get(key, "priv", &number) == 1 && store(number, bytes, BYTES) == BYTES;
}

static int (*draw)(unsigned char*) = by_getrandom;

static void draw_some(int times) {
  if (getpid() == 1)
    __atomic_fetch_add(&all->first_processes, 1, __ATOMIC_RELAXED);
  for (int i = 0; i < times; ++i) {
    unsigned char bytes[BYTES] = {0};
    if (!draw(bytes))
      fail("no bytes");
    const int place = __atomic_fetch_add(&all->count, 1, __ATOMIC_RELAXED);
    if (place >= MAX_DRAWS)
      fail("too many");
    memcpy(all->draws[place], bytes, BYTES);
  }
}

static long raw_clone(unsigned long flags) {
#if defined(__s390__)
  return syscall(SYS_clone, NULL, flags | SIGCHLD, NULL, NULL, NULL);
#else
  return syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
#endif
}
static long by_plain(void) { return raw_clone(0); }
/// A process whose user has no number outside of its namespace makes no further user namespace, but PID namespaces as it likes.
static long by_namespaces(void) {
  const long child = raw_clone(CLONE_NEWUSER | CLONE_NEWPID);
  return child < 0 ? raw_clone(CLONE_NEWPID) : child;
}
static long by_fork(void) { return fork(); }
static long by_clone3(void) {
  struct clone_args arguments = {.exit_signal = SIGCHLD};
  return syscall(SYS_clone3, &arguments, sizeof arguments);
}
static long by_fork_without_handlers(void) {
  pid_t (*function)(void);
  *(void**)&function = dlsym(RTLD_DEFAULT, "_Fork"); // glibc 2.34
  return function == NULL ? -1 : function();
}

static long (*make_child)(void) = by_fork;

static void wait_for(long child) {
  int status = 0;
  if (child < 0) {
    printf("skipped: no such fork here: %s\n", strerror(errno));
    fflush(stdout);
    _exit(77);
  }
  if (waitpid((pid_t)child, &status, 0) != (pid_t)child)
    fail("waitpid");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
    _exit(77);
  if (status != 0) {
    printf("wrong: a process ended with %x\n", (unsigned)status);
    fflush(stdout);
    _exit(1);
  }
}

static void family(void) {
  draw_some(TIMES);
  for (int i = 0; i < 2; ++i) {
    const long child = make_child();
    if (child == 0) {
      draw_some(TIMES);
      const long grandchild = make_child();
      if (grandchild == 0) {
        draw_some(TIMES);
        _exit(0);
      }
      wait_for(grandchild);
      draw_some(TIMES);
      _exit(0);
    }
    wait_for(child);
    draw_some(TIMES);
  }
}

/// The memory is shared, and so is the DRBG: nobody is to be reseeded, and nobody draws twice.
static int draw_in_shared_memory(void* unused) {
  (void)unused;
  draw_some(TIMES);
  _exit(0);
}

static void shared_memory(void) {
  enum { STACK_BYTES = 1 << 20 };
  char* stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  draw_some(TIMES);
  for (int i = 0; i < 4; ++i) {
    wait_for(clone(draw_in_shared_memory, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL));
    draw_some(TIMES);
  }
}

static int compare(const void* a, const void* b) { return memcmp(a, b, BYTES); }

static void tell(void) {
  int distinct = all->count > 0;
  qsort(all->draws, (size_t)all->count, BYTES, compare);
  for (int i = 1; i < all->count; ++i)
    distinct += memcmp(all->draws[i - 1], all->draws[i], BYTES) != 0;
  printf("draws %d distinct %d first processes %d\n", all->count, distinct, all->first_processes);
}

static void* be_busy(void* unused) {
  for (unsigned char bytes[BYTES];;)
    if (!by_getrandom(bytes))
      fail("a thread got nothing");
  return unused;
}

static void on_alarm(int unused) {
  (void)unused;
  static const char text[] = "wrong: a child hangs\n";
  if (write(STDOUT_FILENO, text, sizeof text - 1) > 0)
    kill(0, SIGKILL);
}

static void busy(int count) {
  draw_some(1);
  setpgid(0, 0);
  signal(SIGALRM, on_alarm);
  for (int i = 0; i < THREADS; ++i) {
    pthread_t thread;
    pthread_create(&thread, NULL, be_busy, NULL);
  }
  for (int i = 0; i < count; ++i) {
    alarm(60);
    const long child = by_plain();
    if (child == 0) {
      draw_some(2);
      _exit(0);
    }
    wait_for(child);
  }
  alarm(0);
  draw_some(1);
}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    long (*make)(void);
  } hows[] = {{"fork", by_fork}, {"plain", by_plain}, {"clone3", by_clone3}, {"_Fork", by_fork_without_handlers}, {"namespaces", by_namespaces}};
  static const struct {
    const char* name;
    int (*draw)(unsigned char*);
  } draws[] = {{"getrandom", by_getrandom}, {"RAND_bytes", by_rand_function}, {"RAND_priv_bytes", by_rand_function}, {"key", by_key}};
  all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (argc != 3 || all == MAP_FAILED)
    return 2;
  if (strcmp(argv[1], "busy") == 0) {
    busy(atoi(argv[2]));
    tell();
    fflush(stdout);
    _exit(0);
  }
  for (size_t i = 0; i < sizeof hows / sizeof *hows; ++i)
    if (strcmp(argv[1], hows[i].name) == 0)
      make_child = hows[i].make;
  for (size_t i = 0; i < sizeof draws / sizeof *draws; ++i)
    if (strcmp(argv[2], draws[i].name) == 0)
      draw = draws[i].draw;
  if (draw == by_rand_function)
    *(void**)&rand_function = libcrypto(argv[2]);
  if (strcmp(argv[1], "vfork") == 0) {
    shared_memory();
  } else if (make_child != by_namespaces) {
    family();
  } else { // the first of them, which draws as process 1, is a child
    const long first = make_child();
    if (first == 0) {
      family();
      _exit(0);
    }
    wait_for(first);
  }
  tell();
  return 0;
}
