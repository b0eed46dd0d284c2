// SPDX-License-Identifier: Apache-2.0
// Asks the kernel for randomness in every way that a program can, and says what came of each. Linked statically, so
// that it runs in an image that holds nothing else, and nothing but these lines asks.
//   exercise refusals            each way once, with the error
//   exercise tricks              tries to get a working device back
//   exercise reads               opens and reads the devices by every road
//   exercise threads N CALLS     N threads with CALLS calls of getrandom each, 1000 + thread bytes a call
//   exercise forks N             N children, each one call of 2000 bytes
//   exercise loop CALLS          times getrandom, read and open
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char buffer[65536];

static void say(const char* name, long result) {
  printf("%s %s\n", name, result >= 0 ? "ok" : strerrorname_np(errno));
}

static long draw(size_t bytes, unsigned flags) {
  return syscall(SYS_getrandom, buffer, bytes, flags);
}

#if defined(__x86_64__)
// The 32-bit ABI from a 64-bit program: another architecture to the filter.
static long draw_by_int80(size_t bytes) {
  void* low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  long result = 355; // getrandom, arch/x86/entry/syscalls/syscall_32.tbl
  __asm__ volatile("int $0x80" : "+a"(result) : "b"(low), "c"(bytes), "d"(0) : "memory", "r8", "r9", "r10", "r11");
  if (result < 0 && result > -4096) {
    errno = (int)-result;
    return -1;
  }
  return result;
}
#endif

static long bind_kernel_rng(void) {
  struct sockaddr_alg address = {.salg_family = AF_ALG, .salg_type = "rng", .salg_name = "stdrng"};
  const int fd = socket(AF_ALG, SOCK_SEQPACKET, 0);
  return fd < 0 ? -1 : bind(fd, (struct sockaddr*)&address, sizeof address);
}

static long open_twice(const char* path) { // reading: the device alone must refuse
  const int fd = open(path, O_RDONLY);
  return fd < 0 ? -1 : read(fd, buffer, 1);
}

static void refusals(void) {
  say("getrandom", draw(16, 0));
  say("getrandom-nonblock", draw(8, 1));
#if defined(__x86_64__)
  say("getrandom-int80", draw_by_int80(16));
#endif
  say("random", open_twice("/dev/random"));
  say("urandom", open_twice("/dev/urandom"));
  say("urandom-write", open("/dev/urandom", O_WRONLY));
  say("hwrng", open_twice("/dev/hwrng"));
  say("uuid", open_twice("/proc/sys/kernel/random/uuid"));
  say("af-alg", bind_kernel_rng());
  say("null", open_twice("/dev/null"));
  say("zero", open_twice("/dev/zero"));
}

static void tricks(void) {
  const dev_t urandom = makedev(1, 9);
  say("mknod", mknod("/tmp/urandom", S_IFCHR | 0666, urandom));
  say("mknod-dev", mknod("/dev/mine", S_IFCHR | 0666, urandom));
  say("unlink", unlink("/dev/urandom"));
  say("rename", rename("/dev/urandom", "/dev/old"));
  say("write-null-target", open("/dev/other", O_WRONLY | O_CREAT, 0666));
  say("mount-devtmpfs", mount("devtmpfs", "/tmp", "devtmpfs", 0, ""));
  say("remount", mount("", "/dev", "", MS_REMOUNT | MS_BIND, ""));
  say("umount", umount("/dev/null"));
  say("umount-mask", umount("/proc/sys/kernel/random"));
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) {
    say("userns-mknod", mknod("/tmp/urandom2", S_IFCHR | 0666, urandom));
    say("userns-umount", umount("/proc/sys/kernel/random"));
    say("userns-devtmpfs", mount("devtmpfs", "/tmp", "devtmpfs", 0, ""));
    say("userns-proc", mount("proc", "/tmp", "proc", 0, ""));
    say("userns-uuid", open_twice("/tmp/sys/kernel/random/uuid"));
  }
  say("getrandom", draw(16, 0));
  say("urandom", open_twice("/dev/urandom"));
}

static void reads(void) {
  struct iovec parts[2] = {{buffer, 10}, {buffer, 32}};
  const int fd = open("/dev/urandom", O_RDONLY);
  if (fd < 0 || read(fd, buffer, 101) < 0 || pread(fd, buffer, 102, 0) < 0 || readv(fd, parts, 2) < 0 ||
      syscall(SYS_preadv2, fd, parts, 2, -1, 0, 0) < 0)
    exit(1);
  int ends[2];
  if (pipe(ends) != 0 || splice(fd, NULL, ends[1], NULL, 103, 0) < 0)
    exit(1);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  const int again = open(path, O_RDONLY);
  snprintf(path, sizeof path, "/dev/fd/%d", fd);
  const int third = open(path, O_RDONLY);
  if (again < 0 || third < 0 || read(again, buffer, 104) < 0)
    exit(1);
  struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_NO_MAGICLINKS};
  const int devices = open("/dev", O_PATH | O_DIRECTORY);
  const int relative = (int)syscall(SYS_openat2, devices, "random", &how, sizeof how);
  if (relative < 0 || read(relative, buffer, 105) < 0)
    exit(1);
  if (symlink("/proc/self/root/dev/urandom", "/tmp/link") != 0 || chdir("/tmp") != 0)
    exit(1);
  const int linked = open("link", O_RDONLY);
  if (linked < 0 || read(linked, buffer, 106) < 0)
    exit(1);
  const int uuid = open("/proc/sys/kernel/random/uuid", O_RDONLY);
  if (uuid < 0 || read(uuid, buffer, 107) < 0)
    exit(1);
  if (fork() == 0) // an inherited descriptor, in another process
    _exit(read(fd, buffer, 108) > 0 ? 0 : 1);
  wait(NULL);
#if defined(__x86_64__)
  draw_by_int80(109);
#endif
  const int zero = open("/dev/zero", O_RDONLY);
  if (read(zero, buffer, 5000) != 5000) // never to be seen
    exit(1);
}

static int calls_per_thread;
static void* draw_often(void* argument) {
  const int thread = (int)(intptr_t)argument;
  char own[4096];
  for (int i = 0; i < calls_per_thread; ++i)
    if (syscall(SYS_getrandom, own, (size_t)(1000 + thread), 0) != 1000 + thread)
      exit(1);
  return NULL;
}

static void threads(int count, int calls) {
  pthread_t ids[64];
  calls_per_thread = calls;
  for (int i = 0; i < count; ++i)
    pthread_create(&ids[i], NULL, draw_often, (void*)(intptr_t)i);
  for (int i = 0; i < count; ++i)
    pthread_join(ids[i], NULL);
}

static void forks(int count) {
  for (int i = 0; i < count; ++i)
    if (fork() == 0)
      _exit(draw(2000, 0) == 2000 ? 0 : 1);
  int status = 0;
  while (wait(&status) > 0)
    if (status != 0)
      exit(1);
}

static double now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void loop(int calls) {
  const int zero = open("/dev/zero", O_RDONLY);
  double begin = now_us();
  for (int i = 0; i < calls; ++i)
    draw(16, 0);
  printf("getrandom %.2f\n", (now_us() - begin) / calls);
  begin = now_us();
  for (int i = 0; i < calls; ++i)
    if (read(zero, buffer, 16) != 16)
      exit(1);
  printf("read %.2f\n", (now_us() - begin) / calls);
  begin = now_us();
  for (int i = 0; i < calls; ++i)
    close(open("/exercise", O_RDONLY));
  printf("open+close %.2f\n", (now_us() - begin) / calls);
}

int main(int argc, char** argv) {
  setvbuf(stdout, NULL, _IONBF, 0);
  const char* what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "refusals") == 0)
    refusals();
  else if (strcmp(what, "tricks") == 0)
    tricks();
  else if (strcmp(what, "reads") == 0)
    reads();
  else if (strcmp(what, "threads") == 0 && argc == 4)
    threads(atoi(argv[2]), atoi(argv[3]));
  else if (strcmp(what, "forks") == 0 && argc == 3)
    forks(atoi(argv[2]));
  else if (strcmp(what, "loop") == 0 && argc == 3)
    loop(atoi(argv[2]));
  else
    return 2;
  return 0;
}
