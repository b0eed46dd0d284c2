// SPDX-License-Identifier: Apache-2.0
// A stand-in for a random device has to pass for one.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "awkward.h"

int __open_2(const char* path, int flags);
int __open64_2(const char* path, int flags);
int __openat_2(int folder, const char* path, int flags);

static uint64_t opened(void) { return random_counters()->devices; }

static unsigned char buffer[1 << 20];

/// Not the whole range of what one read may give, but each end of it.
static void need_full(int fd, size_t length) {
  memset(buffer, 0, sizeof buffer);
  const ssize_t got = read(fd, buffer, length);
  need(got == (ssize_t)length, "a read is short");
  unsigned sum = 0;
  for (size_t i = length < 16 ? 0 : length - 16; i < length; ++i)
    sum |= buffer[i];
  need(length < 4 || sum != 0, "a read left zeros");
}

static void need_stand_in(int fd, const char* what) {
  struct stat file;
  need(fd >= 0, what);
  need(fstat(fd, &file) == 0 && S_ISCHR(file.st_mode) && major(file.st_rdev) == 1, "fstat is no character device");
  need_full(fd, 48);
  close(fd);
}

static void spellings(void) {
  static const char* const paths[] = {"/dev/urandom", "/dev/random"};
  const uint64_t before = opened();
  unsigned count = 0;
  for (int i = 0; i < 2; ++i) {
    need_stand_in(open(paths[i], O_RDONLY), "open"), ++count;
    need_stand_in(open64(paths[i], O_RDONLY | O_CLOEXEC), "open64"), ++count;
    need_stand_in(openat(AT_FDCWD, paths[i], O_RDONLY), "openat"), ++count;
    need_stand_in(openat64(-1, paths[i], O_RDWR), "openat64 of an absolute path"), ++count;
    need_stand_in(__open_2(paths[i], O_RDONLY), "__open_2"), ++count;
    need_stand_in(__open64_2(paths[i], O_RDONLY), "__open64_2"), ++count;
    need_stand_in(__openat_2(AT_FDCWD, paths[i], O_RDONLY), "__openat_2"), ++count;
    FILE* file = fopen(paths[i], "rb");
    need(file != NULL && fread(buffer, 1, 5000, file) == 5000, "fopen"), ++count;
    fclose(file);
    file = fopen64(paths[i], "re");
    need(file != NULL && fgetc(file) != EOF, "fopen64"), ++count;
    fclose(file);
  }
  need(opened() - before == count, "one of them was no stand-in");
}

static void odd_spellings(void) { // where the devices are there: they are known by their numbers
  const uint64_t before = opened();
  need_stand_in(open("//dev/urandom", O_RDONLY), "a double slash");
  need_stand_in(open("/dev/./../dev/random", O_RDONLY), "dots");
  const int folder = open("/dev", O_RDONLY | O_DIRECTORY);
  need(folder >= 0, "/dev");
  need_stand_in(openat(folder, "urandom", O_RDONLY), "openat of a relative path");
  need(chdir("/dev") == 0, "chdir");
  need_stand_in(open("urandom", O_RDONLY), "a relative path");
  need(opened() - before == 4, "one of them was no stand-in");
  // What only has the name is what it is.
  const int file = open("/tmp/urandom", O_RDWR | O_CREAT | O_TRUNC, 0640);
  struct stat made;
  need(file >= 0 && fstat(file, &made) == 0 && S_ISREG(made.st_mode) && (made.st_mode & 0777) == 0640, "a file of that name");
  need(open("/no/urandom", O_RDONLY) == -1 && errno == ENOENT, "no such file");
  need(opened() - before == 4, "a file was taken for a device");
}

static void reads(void) {
  static const int flags[] = {O_RDONLY, O_RDONLY | O_NONBLOCK};
  static const size_t lengths[] = {1, 16, 511, 512, 513, 1024, 4096, 65536, 1 << 20};
  for (int i = 0; i < 2; ++i) {
    const int fd = open("/dev/urandom", flags[i]);
    need(fd >= 0, "open");
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; ++k)
      need_full(fd, lengths[k]);
    need(read(fd, buffer, 0) == 0, "a read of nothing");
    for (int k = 0; k < 500; ++k)
      need_full(fd, 700);
    close(fd);
  }
  errno = 0;
  need(read(-1, buffer, 16) == -1 && errno == EBADF, "a bad descriptor");
}

static void duplicates(void) {
  const int fd = open("/dev/urandom", O_RDONLY);
  need(fd >= 0, "open");
  const int twin = dup(fd);
  need_full(twin, 4096);
  close(fd);
  need_full(twin, 4096);
  int result[2];
  need(pipe(result) == 0, "pipe");
  const pid_t child = fork();
  if (child == 0) {
    need_full(twin, 4096);
    _exit(write(result[1], buffer, 32) == 32 ? 0 : 1);
  }
  unsigned char theirs[32];
  int status = 0;
  need(read(result[0], theirs, 32) == 32 && waitpid(child, &status, 0) == child && status == 0, "an inherited one");
  need_full(twin, 4096);
  need(memcmp(theirs, buffer, 32) != 0, "parent and child got the same");
}

static void waits(void) {
  const int fd = open("/dev/urandom", O_RDONLY | O_NONBLOCK);
  struct pollfd readable = {fd, POLLIN, 0};
  need(poll(&readable, 1, 0) == 1 && (readable.revents & POLLIN) != 0, "poll");
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fd, &set);
  struct timeval now = {0, 0};
  need(select(fd + 1, &set, NULL, NULL, &now) == 1, "select");
  need_full(fd, 1 << 20);
}

static void writes(void) {
  const int fd = open("/dev/urandom", O_RDWR);
  need(fd >= 0, "open");
  for (int i = 0; i < 2000; ++i)
    need(write(fd, buffer, 512) == 512, "a write");
  need_full(fd, 4096);
  close(fd);
  const int only = open("/dev/random", O_WRONLY | O_TRUNC);
  need(only >= 0 && write(only, buffer, 64) == 64, "open for writing");
}

static void many(void) { // and none is left
  const int before = dup(0);
  close(before);
  for (int i = 0; i < 2000; ++i) {
    const int fd = open("/dev/urandom", O_RDONLY);
    need(fd >= 0 && read(fd, buffer, 16) == 16, "one of many");
    close(fd);
  }
  need(dup(0) == before, "a descriptor is left");
}

static void standard_input(void) { // left by a shell, as `program </dev/urandom`
  struct stat file;
  need(fstat(0, &file) == 0 && S_ISCHR(file.st_mode), "fstat of standard input");
  need_full(0, 4096);
  need_full(0, 1 << 20);
}

int try_devices(const char* subject) {
  static const struct {
    const char* name;
    void (*run)(void);
  } subjects[] = {{"spellings", spellings}, {"odd", odd_spellings}, {"reads", reads}, {"duplicates", duplicates},
                  {"waits", waits},         {"writes", writes},     {"many", many},   {"stdin", standard_input}};
  for (size_t i = 0; i < sizeof subjects / sizeof *subjects; ++i)
    if (strcmp(subject, subjects[i].name) == 0) {
      subjects[i].run();
      return 1;
    }
  return 0;
}
