// SPDX-License-Identifier: Apache-2.0
// Programs that lock themselves in, and then draw: each subset of up to three measures, before or after the first draw, in
// the process and in a child of it. Each case is a process of its own, forked from one that never drew. It says what came
// of it in memory that was shared before.
//   locked_in [raw]   a line for each case: MOMENT MEASURES PROCESS CHILD WAYS; then "distinct N"
// raw: by the system call itself, which no interposer sees.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"
#include "counters.h"

// More small ones than a process's first, which are not drawn ahead.
enum { DRAWS = 14, ENTROPY = 3, LONGEST = 1000, ALIKE = 16, OTHER_USER = 65534 };

/// What one process drew.
struct drawn {
  int result[DRAWS]; // 0: none yet; 1: as asked; a negative errno
  unsigned char bytes[DRAWS][LONGEST];
};

struct outcome {
  int failed_measure; // number of the measure plus one
  int error;
  struct drawn before, process, child;
  int child_status;
  struct random_counters counters[2]; // of process and child
};

static struct outcome* outcome;
static long (*ask)(void*, size_t, unsigned) = libc_getrandom;
static const struct random_counters* library;

static int draw_entropy(unsigned char* bytes, size_t length) {
  if (ask == raw_getrandom) {
    const long got = raw_getrandom(bytes, length, 0);
    if (got < 0)
      errno = (int)-got;
    return got == (long)length;
  }
  return getentropy(bytes, length) == 0;
}

static void draw_all(struct drawn* drawn, struct random_counters* counters) {
  static const size_t lengths[ENTROPY + 1] = {16, 32, 1000, 100};
  for (int i = 0; i < DRAWS; ++i) {
    const size_t length = i <= ENTROPY ? lengths[i] : ALIKE;
    errno = 0;
    const long got = i != ENTROPY                            ? ask(drawn->bytes[i], length, 0)
                     : draw_entropy(drawn->bytes[i], length) ? (long)length
                     : errno != 0                            ? -errno
                                                             : -EIO;
    drawn->result[i] = got == (long)length ? 1 : got < 0 ? (int)got : -EMSGSIZE;
  }
  if (library != NULL && counters != NULL)
    *counters = *library;
}

/// Maps every number of the container into the user namespace that this process is in by now; its parent may do that.
static int map_users(pid_t process) {
  static const char* const files[] = {"setgroups", "gid_map", "uid_map"};
  static const char* const texts[] = {"allow", "0 0 65536", "0 0 65536"};
  for (int i = 0; i < 3; ++i) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)process, files[i]);
    const int fd = open(path, O_WRONLY);
    if (fd < 0 || (write(fd, texts[i], strlen(texts[i])) < 0 && i > 0)) // "allow" is what it is, or may not be said
      return -1;
    close(fd);
  }
  return 0;
}

/// In a new user namespace this process has the rights that the others may lack.
static int enter_user_namespace(void) {
  int entered[2];
  if (pipe(entered) != 0)
    return -1;
  const pid_t parent = getpid();
  const pid_t mapper = fork();
  if (mapper == 0) {
    char go;
    close(entered[1]);
    _exit(read(entered[0], &go, 1) == 1 && map_users(parent) == 0 ? 0 : 1);
  }
  close(entered[0]);
  const int result = unshare(CLONE_NEWUSER);
  const int error = errno;
  if (result == 0 && write(entered[1], "", 1) != 1)
    return -1;
  close(entered[1]);
  int status = 0;
  waitpid(mapper, &status, 0);
  errno = result != 0 ? error : EPERM;
  return result == 0 && status == 0 ? 0 : -1;
}

static int enter_namespace(int what) {
  if (unshare(what) == 0)
    return 0;
  return errno == EPERM && enter_user_namespace() == 0 ? unshare(what) : -1;
}

static int user_namespace(void) { return enter_user_namespace(); }
static int network(void) { return enter_namespace(CLONE_NEWNET); }
static int processes(void) { return enter_namespace(CLONE_NEWPID); }

/// /dev/shm is a mount of its own, and empty.
static int new_root(void) { return chroot("/dev/shm") == 0 && chdir("/") == 0 ? 0 : -1; }

static int no_files(void) {
  const struct rlimit none = {0, 0};
  return setrlimit(RLIMIT_NOFILE, &none);
}

static int closed(void) {
  closefrom(0);
  return 0;
}

static int other_user(void) {
  return setgroups(0, NULL) == 0 && setresgid(OTHER_USER, OTHER_USER, OTHER_USER) == 0 &&
                 setresuid(OTHER_USER, OTHER_USER, OTHER_USER) == 0
             ? 0
             : -1;
}

static int not_dumpable(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

// What OpenSSH allows the part of it that talks to strangers, as far as it is of this kind; and what forking, exiting and
// being waited for take.
static const int allowed[] = {
    SYS_getrandom, SYS_read, SYS_write, SYS_writev, SYS_close, SYS_exit, SYS_exit_group, SYS_mmap, SYS_munmap, SYS_mremap,
    SYS_mprotect, SYS_madvise, SYS_brk, SYS_clock_gettime, SYS_gettimeofday, SYS_nanosleep, SYS_clock_nanosleep, SYS_futex,
    SYS_sched_yield, SYS_getpid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_ppoll, SYS_shutdown,
    SYS_clone, SYS_wait4, SYS_set_robust_list, SYS_rseq,
};
enum { ALLOWED = sizeof allowed / sizeof *allowed };

static int filter(void) {
  struct sock_filter program[ALLOWED + 3];
  program[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (int i = 0; i < ALLOWED; ++i)
    program[1 + i] =
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i], (unsigned char)(ALLOWED - i), 0);
  program[1 + ALLOWED] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  program[2 + ALLOWED] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_fprog all = {ALLOWED + 3, program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return -1;
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all);
}

/// In the order in which a program can take them: each leaves the next one possible.
static const struct {
  const char* name;
  int (*take)(void);
} measures[] = {{"userns", user_namespace}, {"netns", network},   {"pidns", processes},        {"chroot", new_root}, {"nofile", no_files},
                {"closed", closed},         {"setuid", other_user}, {"dumpable", not_dumpable}, {"seccomp", filter}};
enum { MEASURES = sizeof measures / sizeof *measures };

static _Noreturn void run_case(unsigned set, int draws_before) {
  if (draws_before)
    draw_all(&outcome->before, NULL);
  for (int i = 0; i < MEASURES; ++i)
    if ((set >> i & 1) != 0 && measures[i].take() != 0) {
      outcome->failed_measure = i + 1;
      outcome->error = errno;
      _exit(0);
    }
  draw_all(&outcome->process, &outcome->counters[0]);
  const pid_t child = fork();
  if (child == 0) {
    draw_all(&outcome->child, &outcome->counters[1]);
    _exit(0);
  }
  outcome->child_status = -1;
  int status = 0;
  if (child > 0 && waitpid(child, &status, 0) == child)
    outcome->child_status = status;
  _exit(0);
}

/// "ok", an error's name, a signal's, or several where the draws differ.
static void say(const struct drawn* drawn, int status) {
  if (WIFSIGNALED(status)) {
    printf(" SIG%s", sigabbrev_np(WTERMSIG(status)));
    return;
  }
  int all = 1;
  for (int i = 1; i < DRAWS; ++i)
    all = all && drawn->result[i] == drawn->result[0];
  printf(" ");
  for (int i = 0; i < (all ? 1 : DRAWS); ++i) {
    const int result = drawn->result[i];
    printf("%s%s", i > 0 ? "," : "", result == 1 ? "ok" : result == 0 ? "nothing" : strerrorname_np(-result));
  }
}

static unsigned char (*seen)[ALIKE];
static size_t seen_count;
static void remember(const struct drawn* drawn) {
  for (int i = 0; i < DRAWS; ++i)
    if (drawn->result[i] == 1)
      memcpy(seen[seen_count++], drawn->bytes[i], ALIKE);
}

static int compare(const void* a, const void* b) { return memcmp(a, b, ALIKE); }

/// Which of the library's ways gave bytes.
static void say_ways(void) {
  printf(" ");
  const struct random_counters* const both[] = {&outcome->counters[0], &outcome->counters[1]};
  int any = 0;
  for (int i = 0; i < 2; ++i) {
    any |= both[i]->catch_all_bytes > 0 ? 1 : 0;
    any |= both[i]->broker_bytes > 0 ? 2 : 0;
    any |= both[i]->own_bytes > 0 ? 4 : 0;
  }
  printf("%s%s%s%s\n", any & 1 ? "c" : "", any & 2 ? "b" : "", any & 4 ? "o" : "", any == 0 ? "-" : "");
}

static void report(unsigned set, int draws_before) {
  memset(outcome, 0, sizeof *outcome);
  fflush(stdout);
  const pid_t process = fork();
  if (process == 0)
    run_case(set, draws_before);
  int status = 0;
  waitpid(process, &status, 0);
  printf("%s ", draws_before ? "before" : "after");
  if (set == 0)
    printf("none");
  for (int i = 0, first = 1; i < MEASURES; ++i)
    if ((set >> i & 1) != 0) {
      printf("%s%s", first ? "" : "+", measures[i].name);
      first = 0;
    }
  if (outcome->failed_measure != 0) {
    printf(" cannot:%s:%s - -\n", measures[outcome->failed_measure - 1].name, strerrorname_np(outcome->error));
    return;
  }
  say(&outcome->process, status);
  if (outcome->child_status == -1 || WIFSIGNALED(status))
    printf(" -");
  else
    say(&outcome->child, outcome->child_status);
  say_ways();
  remember(&outcome->before);
  remember(&outcome->process);
  remember(&outcome->child);
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "raw") == 0)
    ask = raw_getrandom;
#ifndef KIF_WITHOUT_LIBCRYPTO
  library = dlsym(RTLD_DEFAULT, "kif_random_counters");
#endif
  outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  seen = calloc((size_t)3 * DRAWS << MEASURES, 2 * ALIKE);
  for (int draws_before = 0; draws_before < 2; ++draws_before)
    for (unsigned set = 0; set < 1U << MEASURES; ++set)
      if (__builtin_popcount(set) <= 3)
        report(set, draws_before);
  qsort(seen, seen_count, ALIKE, compare);
  for (size_t i = 1; i < seen_count; ++i)
    if (memcmp(seen[i - 1], seen[i], ALIKE) == 0) {
      printf("two are equal\n");
      return 1;
    }
  printf("distinct %zu\n", seen_count);
  return 0;
}
