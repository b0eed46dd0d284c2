// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "random.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record.h"

static bool all(long got, size_t size, const char* what) {
  if (got == (long)size)
    return true;
  return got < 0 ? fail("%s: %s", what, strerror(errno)) : fail("%s gave %ld bytes of %zu", what, got, size);
}

static bool by_getrandom(unsigned char* bytes, size_t size) {
  return all(getrandom(bytes, size, 0), size, "getrandom");
}
static bool by_getrandom_nonblock(unsigned char* bytes, size_t size) {
  return all(getrandom(bytes, size, GRND_NONBLOCK), size, "getrandom with GRND_NONBLOCK");
}
static bool by_system_call(unsigned char* bytes, size_t size) {
  return all(syscall(SYS_getrandom, bytes, size, 0), size, "syscall(SYS_getrandom)");
}
static bool by_getentropy(unsigned char* bytes, size_t size) {
  return getentropy(bytes, size) == 0 || fail("getentropy: %s", strerror(errno));
}
static bool by_arc4random_buf(unsigned char* bytes, size_t size) {
  arc4random_buf(bytes, size);
  return true;
}
static bool by_arc4random(unsigned char* bytes, size_t size) {
  for (size_t i = 0; i < size; i += 4) {
    const unsigned number = arc4random();
    memcpy(bytes + i, &number, size - i < 4 ? size - i : 4);
  }
  return true;
}

static bool getrandom_gives_bytes(void) {
  unsigned char bytes[1];
  return fresh(by_getrandom, 32) && fresh(by_getrandom_nonblock, 4096) &&
         all(getrandom(bytes, 0, 0), 0, "getrandom of nothing");
}
static bool system_call_gives_bytes(void) {
  return fresh(by_system_call, 40) && fresh(by_system_call, 1000);
}
static bool getentropy_gives_bytes(void) {
  unsigned char bytes[257];
  if (getentropy(bytes, sizeof bytes) == 0)
    return fail("getentropy gave more than the 256 bytes that it may");
  return fresh(by_getentropy, 256);
}
static bool arc4random_gives_bytes(void) {
  for (int i = 0; i < 1000; ++i)
    if (arc4random_uniform(10) >= 10)
      return fail("arc4random_uniform(10) gave 10 or more");
  return fresh(by_arc4random_buf, 256) && fresh(by_arc4random, 16);
}

static bool names_differ(void) {
  char first[] = "/tmp/kif-XXXXXX";
  char second[] = "/tmp/kif-XXXXXX.txt";
  char third[] = "/tmp/kif-XXXXXX";
  struct stat status;
  const int files[] = {mkostemp(first, O_CLOEXEC), mkstemps(second, 4)};
  if (files[0] < 0 || files[1] < 0 || mkdtemp(third) == NULL)
    return fail("cannot make files of new names: %s", strerror(errno));
  if (fstat(files[0], &status) != 0 || (status.st_mode & 07777) != 0600 || fcntl(files[0], F_GETFD) != FD_CLOEXEC)
    fail("%s has another mode than it must", first);
  if (stat(third, &status) != 0 || !S_ISDIR(status.st_mode) || (status.st_mode & 07777) != 0700)
    fail("%s is no folder of mode 0700", third);
  if (strcmp(second + strlen(second) - 4, ".txt") != 0 || strncmp(first, second, strlen(first)) == 0 ||
      strcmp(first, third) == 0)
    fail("%s, %s, %s", first, second, third);
  char wrong[] = "/tmp/kif-XXXXX";
  if (mkstemp(wrong) >= 0 || errno != EINVAL)
    fail("a name of five letters is not refused with EINVAL");
  close(files[0]);
  close(files[1]);
  unlink(first);
  unlink(second);
  rmdir(third);
  return k_why[0] == '\0';
}

void random_calls(void) {
  step("random-getrandom", getrandom_gives_bytes);
  step("random-syscall", system_call_gives_bytes);
  step("random-getentropy", getentropy_gives_bytes);
  step("random-arc4random", arc4random_gives_bytes);
  step("random-names", names_differ);
}

static const char* device;

static bool by_open(unsigned char* bytes, size_t size) {
  const int fd = open(device, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd < 0)
    return fail("open %s: %s", device, strerror(errno));
  if (fstat(fd, &status) != 0 || !S_ISCHR(status.st_mode))
    fail("%s is no character device", device);
  for (size_t got = 0; got < size;) { // like any file, a device may give less than it is asked for
    const ssize_t part = read(fd, bytes + got, size - got);
    if (part <= 0) {
      fail("read %s: %s", device, part == 0 ? "it ended" : strerror(errno));
      break;
    }
    got += (size_t)part;
  }
  close(fd);
  return k_why[0] == '\0';
}
static bool by_fopen(unsigned char* bytes, size_t size) {
  FILE* stream = fopen(device, "rb");
  if (stream == NULL)
    return fail("fopen %s: %s", device, strerror(errno));
  const size_t got = fread(bytes, 1, size, stream);
  fclose(stream);
  return all((long)got, size, "fread");
}

static bool devices_give_bytes(void) {
  static const char* const names[] = {"/dev/urandom", "/dev/random"};
  for (int i = 0; i < 2; ++i) {
    device = names[i];
    if (!fresh(by_open, 32) || !fresh(by_open, 4096) || !fresh(by_fopen, 64))
      return false;
  }
  return true;
}

void random_devices(void) {
  step("random-devices", devices_give_bytes);
}

enum { k_threads = 8, k_children = 64, k_drawn = 32 };
static atomic_bool stop;

static void* draw_until_stopped(void* failures) {
  unsigned char bytes[16];
  while (!stop)
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
      atomic_fetch_add((atomic_int*)failures, 1);
  return NULL;
}

// Each child draws once; none may draw what another did, and none may hang.
static bool children_draw(void) {
  static unsigned char drawn[k_children][k_drawn];
  for (int i = 0; i < k_children; ++i) {
    int ends[2];
    if (pipe(ends) != 0)
      return fail("pipe: %s", strerror(errno));
    const pid_t child = fork();
    if (child == 0) {
      unsigned char bytes[k_drawn] = {0};
      if (getrandom(bytes, sizeof bytes, 0) == (ssize_t)sizeof bytes && write(ends[1], bytes, sizeof bytes) < 0)
        _exit(1);
      _exit(0);
    }
    close(ends[1]);
    const ssize_t got = read(ends[0], drawn[i], k_drawn);
    close(ends[0]);
    if (child < 0 || waitpid(child, NULL, 0) != child || got != k_drawn)
      return fail("child %d drew %zd bytes", i, got);
    for (int j = 0; j < i; ++j)
      if (memcmp(drawn[i], drawn[j], k_drawn) == 0)
        return fail("children %d and %d drew the same", i, j);
  }
  return true;
}

static bool threads_and_forks(void) {
  pthread_t threads[k_threads];
  atomic_int failures = 0;
  stop = false;
  for (int i = 0; i < k_threads; ++i)
    if (pthread_create(&threads[i], NULL, draw_until_stopped, &failures) != 0)
      return fail("cannot start a thread");
  children_draw();
  stop = true;
  for (int i = 0; i < k_threads; ++i)
    pthread_join(threads[i], NULL);
  return failures == 0 || fail("%d calls in threads failed", failures);
}

void random_processes(void) {
  step("random-threads-and-forks", threads_and_forks);
}
