/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deny [--errno ENOSYS|EPERM|unanswered] [--no-memfd] COMMAND…: runs a command without kernel randomness. getrandom fails with the error (default
 * ENOSYS; unanswered: ENOSYS too, but a listener that the command installs may answer), and /dev/random, /dev/urandom and /dev/hwrng, where they
 * are there, cannot be opened, by nobody: each is a socket's file (open gives ENXIO).
 * With --no-memfd memory files cannot be made either. In a mount namespace of its own, and a user namespace where the caller is not root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

static void fail(const char *what) {
  fprintf(stderr, "deny: cannot %s: %s\n", what, strerror(errno));
  exit(125);
}

static void write_text(const char *path, const char *text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) < 0)
    fail(path);
  close(fd);
}

static void enter_namespaces(void) {
  char map[64];
  const unsigned user = getuid(), group = getgid();
  if (unshare(CLONE_NEWNS) != 0) {
    if (errno != EPERM || unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
      fail("make a mount namespace");
    write_text("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "%u %u 1", user, user);
    write_text("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "%u %u 1", group, group);
    write_text("/proc/self/gid_map", map);
  }
  if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    fail("make the mounts private");
}

static void block_device(const char *device, int number) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (access(device, F_OK) != 0)
    return;
  snprintf(address.sun_path, sizeof address.sun_path, "/tmp/kif-deny-%d-%d", (int)getpid(), number);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
    fail("make a socket");
  if (mount(address.sun_path, device, NULL, MS_BIND, NULL) != 0)
    fail(device);
  unlink(address.sun_path); /* the mount holds it */
  close(fd);
  if (open(device, O_RDONLY | O_CLOEXEC) >= 0 || errno != ENXIO)
    fail("keep a random device from being opened");
}

/* Without a tracer SECCOMP_RET_TRACE gives ENOSYS, and is weaker than a user notification (seccomp(2)). */
static void refuse(long call, unsigned action) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    fail("refuse a system call");
}

int main(int argc, char **argv) {
  static const char *const devices[] = {"/dev/random", "/dev/urandom", "/dev/hwrng"};
  int error = ENOSYS, memory_files = 1, unanswered = 0, first = 1;
  if (first + 1 < argc && strcmp(argv[first], "--errno") == 0) {
    error = strcmp(argv[first + 1], "EPERM") == 0 ? EPERM : ENOSYS;
    unanswered = strcmp(argv[first + 1], "unanswered") == 0;
    first += 2;
  }
  if (first < argc && strcmp(argv[first], "--no-memfd") == 0) {
    memory_files = 0;
    ++first;
  }
  if (first >= argc) {
    fputs("usage: deny [--errno ENOSYS|EPERM|unanswered] [--no-memfd] COMMAND...\n", stderr);
    return 2;
  }
  enter_namespaces();
  for (int i = 0; i < 3; ++i)
    block_device(devices[i], i);
  if (!memory_files)
    refuse(SYS_memfd_create, SECCOMP_RET_ERRNO | ENOSYS);
  if (unanswered)
    refuse(SYS_ptrace, SECCOMP_RET_ERRNO | EPERM); /* a tracer could let the call go on to the kernel */
  refuse(SYS_getrandom, unanswered ? SECCOMP_RET_TRACE : SECCOMP_RET_ERRNO | (unsigned)error);
  if (syscall(SYS_getrandom, &(char){0}, 1, 0) != -1 || errno != error)
    fail("keep getrandom refused");
  execvp(argv[first], argv + first);
  fail(argv[first]);
}
