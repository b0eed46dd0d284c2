// SPDX-License-Identifier: Apache-2.0
// Asks the kernel for randomness in every way that a program can, and says what came of each. Linked statically, so
// that it runs in an image that holds nothing else, and nothing but these lines asks.
//   exercise refusals            each way once, with the error
//   exercise tricks              tries to get a working device back
//   exercise reads               opens and reads the devices by every road
//   exercise threads N CALLS     N threads with CALLS calls of getrandom each, 1000 + thread bytes a call
//   exercise forks N             N children, each one call of 2000 bytes
//   exercise take processes      children until there are no more, and says how many
//   exercise take memory         64 MiB more and more, touched, and says each
//   exercise take bytes FILE     writes to the file until it cannot, and says how many MiB
//   exercise take files FOLDER   makes files until it cannot, and says how many
//   exercise calls               what engines refuse, each once, with the error
//   exercise say HEX             these bytes on stdout and stderr, and exit code 7
//   exercise loop CALLS          times getrandom, read and open
//   exercise once                32 bytes, and exit code 1 where they are refused
//   exercise stay quiet          says "up" and stays until SIGTERM, which ends it with 0; asks for nothing
//   exercise stay after SECONDS  the same, and asks for 32 bytes then: once, whatever comes of it
//   exercise stay child|thread   the same at once, in a child or a thread
//   exercise stay signal         the same when SIGTERM comes
//   exercise stay serve PORT     answers each connection with "hello"
//   exercise stay load PORT      the same, and asks for 32 bytes each time, whatever comes of it
//   exercise stay strict PORT    the same, and answers only with them
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
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
// The 32-bit ABI from a 64-bit program: another architecture to the filter. Numbers:
// arch/x86/entry/syscalls/syscall_32.tbl.
static long call_by_int80(long number, uintptr_t first, uintptr_t second, uintptr_t third) {
  __asm__ volatile("int $0x80"
                   : "+a"(number)
                   : "b"(first), "c"(second), "d"(third)
                   : "memory", "r8", "r9", "r10", "r11");
  if (number < 0 && number > -4096) {
    errno = (int)-number;
    return -1;
  }
  return number;
}

static void* low_page(void) {
  return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
}

static long draw_by_int80(size_t bytes) {
  return call_by_int80(355, (uintptr_t)low_page(), bytes, 0);
}

static long alg_socket_by_int80(void) {
  return call_by_int80(359, AF_ALG, SOCK_SEQPACKET, 0);
}

// One call for all that sockets do: the arguments are in memory, where no filter sees them.
static long alg_socket_by_socketcall(void) {
  uint32_t* const arguments = low_page();
  arguments[0] = AF_ALG;
  arguments[1] = SOCK_SEQPACKET;
  arguments[2] = 0;
  return call_by_int80(102, 1, (uintptr_t)arguments, 0);
}
#endif

// The kernel takes an int: of a register it reads the lower half, and a filter sees all of it.
static long alg_socket_with_a_wide_family(void) {
  return syscall(SYS_socket, (1L << 32) | AF_ALG, (1L << 40) | SOCK_SEQPACKET, 0L);
}

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
  say("af-alg-wide", alg_socket_with_a_wide_family());
#if defined(__x86_64__)
  say("af-alg-int80", alg_socket_by_int80());
  say("af-alg-socketcall", alg_socket_by_socketcall());
#endif
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

static int say_bytes(const char* hex) {
  size_t bytes = 0;
  for (unsigned byte = 0; bytes < sizeof buffer && sscanf(hex + 2 * bytes, "%2x", &byte) == 1; ++bytes)
    buffer[bytes] = (char)byte;
  return write(1, buffer, bytes) == (ssize_t)bytes && write(2, buffer, bytes) == (ssize_t)bytes ? 7 : 1;
}

static int draws_at_the_end;
static void end(int signal) {
  (void)signal;
  if (draws_at_the_end)
    draw(32, 0);
  _exit(0);
}

static void* draw_in_thread(void* argument) {
  draw(32, 0);
  return argument;
}

static void serve(int port, int asks, int needs) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  if (fd < 0 || bind(fd, (const struct sockaddr*)&address, sizeof address) != 0 || listen(fd, 8) != 0)
    exit(1);
  printf("up\n");
  for (;;) {
    const int client = accept(fd, NULL, NULL);
    const int good = asks ? draw(32, 0) == 32 : 1;
    if (client >= 0 && (good || !needs) && write(client, "hello\n", 6) != 6)
      exit(1);
    close(client);
  }
}

static int stay(int argc, char** argv) {
  const char* how = argv[2];
  const int number = argc > 3 ? atoi(argv[3]) : 0;
  draws_at_the_end = strcmp(how, "signal") == 0;
  const struct sigaction action = {.sa_handler = end};
  sigaction(SIGTERM, &action, NULL);
  const int needs = strcmp(how, "strict") == 0;
  if (strcmp(how, "serve") == 0 || strcmp(how, "load") == 0 || needs)
    serve(number, strcmp(how, "serve") != 0, needs);
  printf("up\n");
  if (strcmp(how, "after") == 0) {
    sleep((unsigned)number);
    draw(32, 0);
  } else if (strcmp(how, "child") == 0) {
    if (fork() == 0) {
      draw(32, 0);
      _exit(0);
    }
  } else if (strcmp(how, "thread") == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, draw_in_thread, NULL);
  }
  for (;;)
    pause();
}

static int take_processes(void) {
  int count = 0;
  pid_t child = 0;
  while ((child = fork()) > 0)
    ++count;
  if (child == 0)
    for (;;)
      pause();
  printf("processes %d %s\n", count, strerrorname_np(errno));
  return 0; // as the first of its process name space it takes the others with it
}

static int take_memory(void) {
  const size_t step = 64 << 20;
  for (long taken = 64;; taken += 64) {
    char* more = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (more == MAP_FAILED) {
      printf("memory %ld %s\n", taken - 64, strerrorname_np(errno));
      return 0;
    }
    memset(more, 1, step);
    printf("memory %ld ok\n", taken);
  }
}

static int take_bytes(const char* path) {
  static char block[1 << 20];
  const int fd = open(path, O_WRONLY | O_CREAT, 0600);
  long written = 0;
  ssize_t count = 0;
  while (fd >= 0 && (count = write(fd, block, sizeof block)) > 0)
    written += count;
  printf("bytes %ld %s\n", written >> 20, strerrorname_np(errno));
  return 0;
}

static int take_files(const char* folder) {
  char path[4096];
  long count = 0;
  for (;; ++count) {
    snprintf(path, sizeof path, "%s/%ld", folder, count);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
      break;
    close(fd);
  }
  printf("files %ld %s\n", count, strerrorname_np(errno));
  return 0;
}

static int take(const char* what, const char* where) {
  if (strcmp(what, "processes") == 0)
    return take_processes();
  if (strcmp(what, "memory") == 0)
    return take_memory();
  return strcmp(what, "bytes") == 0 ? take_bytes(where) : take_files(where);
}

// Arguments are good enough to give another error than EPERM where nothing refuses the call.
static void calls(void) {
  const int name_spaces[] = {CLONE_NEWNS,  CLONE_NEWUTS, CLONE_NEWIPC,   CLONE_NEWUSER,
                             CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP};
  for (size_t i = 0; i < sizeof name_spaces / sizeof *name_spaces; ++i) {
    const long child = syscall(SYS_clone, name_spaces[i] | SIGCHLD, 0L, 0L, 0L, 0L);
    if (child == 0)
      _exit(0);
    printf("clone-%zu %s\n", i, child > 0 ? "ok" : strerrorname_np(errno));
  }
  say("unshare", unshare(CLONE_NEWUSER));
  say("clone3", syscall(SYS_clone3, NULL, 0));
  say("keyctl", syscall(SYS_keyctl, 0, -3, 0));
  say("bpf", syscall(SYS_bpf, 0, NULL, 0));
  say("perf", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
  say("userfaultfd", syscall(SYS_userfaultfd, 1));
  say("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
  say("vsock", socket(AF_VSOCK, SOCK_STREAM, 0));
  say("wide-vsock", syscall(SYS_socket, (1L << 32) | AF_VSOCK, SOCK_STREAM, 0L));
  say("inet", socket(AF_INET, SOCK_STREAM, 0));
  const pid_t child = fork();
  if (child == 0)
    _exit(0);
  say("fork", child);
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
  else if (strcmp(what, "once") == 0)
    return draw(32, 0) == 32 ? 0 : 1;
  else if (strcmp(what, "stay") == 0 && argc >= 3)
    return stay(argc, argv);
  else if (strcmp(what, "take") == 0 && argc >= 3)
    return take(argv[2], argv[argc - 1]);
  else if (strcmp(what, "calls") == 0)
    calls();
  else if (strcmp(what, "say") == 0 && argc == 3)
    return say_bytes(argv[2]);
  else
    return 2;
  return 0;
}
