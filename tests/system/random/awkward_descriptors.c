// SPDX-License-Identifier: Apache-2.0
// Descriptors that are used up, and the connection that a process keeps where it loses the way to the broker.
#define _GNU_SOURCE
#include "awkward.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MANY = 4096 };

static void draw_much(void) {
  unsigned char bytes[3000];
  draw_all_ways();
  for (int i = 0; i < 50; ++i)
    need(getrandom(bytes, i % 2 == 0 ? 300 : 16, 0) > 0, "one of many");
  need(getrandom(bytes, sizeof bytes, 0) == sizeof bytes, "a large one");
}

/// Every number that this process may have is taken.
static void exhausted(void) {
  const struct rlimit few = {64, 64};
  need(setrlimit(RLIMIT_NOFILE, &few) == 0, "setrlimit");
  int last = -1;
  for (int fd = 0; fd >= 0; fd = open("/dev/null", O_RDONLY))
    last = fd;
  need(last == 63 && errno == EMFILE, "not used up");
  draw_much();
  need(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD, "a child that the program did not make");
  const pid_t child = fork();
  if (child == 0) {
    draw_much();
    _exit(0);
  }
  int status = 0;
  need(waitpid(child, &status, 0) == child && status == 0, "the child");
  close(last); // one left, which is not enough to see who is at the other end
  draw_much();
  need(open("/dev/null", O_RDONLY) == last, "a descriptor was left open");
}

/// The number of this process's only socket, or −1; its name goes to `name`.
static int find_socket(char name[PATH_MAX]) {
  int found = -1;
  for (int fd = 3; fd < MANY; ++fd) {
    char path[64];
    char target[PATH_MAX] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (readlink(path, target, sizeof target - 1) > 0 && strncmp(target, "socket:", 7) == 0) {
      need(found < 0, "two sockets");
      found = fd;
      memcpy(name, target, sizeof target);
    }
  }
  return found;
}

/// Puts another file in the place of the kept connection, as no function of the library would.
static void take_its_place(int fd, int other) {
  need(syscall(SYS_close, fd) == 0, "close");
  need(syscall(SYS_dup3, other, fd, 0) == fd, "dup3");
}

static void need_unharmed(int fd, int place) {
  need(fcntl(place, F_GETFD) >= 0, "it was closed");
  need(lseek(fd, 0, SEEK_CUR) == 0 && lseek(fd, 0, SEEK_END) == 0, "it was written to");
}

static void kept(void) {
  static char ours[PATH_MAX];
  char name[PATH_MAX];
  need(find_socket(name) < 0, "a connection without need");
  need(chroot("/") == 0, "chroot");
  const int fd = find_socket(ours);
  need(fd >= 0, "none is kept");
  errno = 0;
  need(close(fd) == -1 && errno == EBADF, "close");
  need(dup2(fd, 5) == -1 && errno == EBADF, "dup2 of it");
  closefrom(3);
  need(close_range(3, ~0U, 0) == 0 && close_range((unsigned)fd, (unsigned)fd, 0) == 0, "close_range");
  for (int i = 3; i < MANY; ++i)
    close(i);
  need(find_socket(name) == fd && strcmp(name, ours) == 0, "it was closed");
  draw_much();

  char(*childs)[PATH_MAX] = mmap(NULL, PATH_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const pid_t child = fork();
  if (child == 0) {
    need(find_socket(*childs) >= 0, "the child has none");
    draw_much();
    _exit(0);
  }
  int status = 0;
  need(waitpid(child, &status, 0) == child && status == 0, "the child");
  need(strcmp(*childs, ours) != 0, "the child has its parent's");
  need(find_socket(name) == fd && strcmp(name, ours) == 0, "the parent has the child's");

  need(dup2(STDOUT_FILENO, fd) == fd, "dup2 onto it");
  const int moved = find_socket(name);
  need(moved >= 0 && moved != fd && strcmp(name, ours) == 0, "it made no way");
  need(close(fd) == 0, "the program's own number");
  draw_much();

  const int file = open("/tmp/kept", O_RDWR | O_CREAT | O_TRUNC, 0600);
  take_its_place(moved, file);
  draw_much();
  need_unharmed(file, moved);
  close(moved);
  need(chroot("/") == 0, "chroot again");
  const int again = find_socket(name);
  int pipes[2];
  need(again >= 0 && pipe2(pipes, O_NONBLOCK) == 0, "another one");
  take_its_place(again, pipes[1]);
  draw_much();
  char none;
  need(read(pipes[0], &none, 1) == -1 && errno == EAGAIN, "the pipe was written to");
  const pid_t heir = fork();
  if (heir == 0) {
    need(fcntl(again, F_GETFD) >= 0, "the child closed what is not its own");
    _exit(0);
  }
  need(waitpid(heir, &status, 0) == heir && status == 0, "the other child");
}

int try_descriptors(const char* subject) {
  if (strcmp(subject, "exhausted") == 0)
    exhausted();
  else if (strcmp(subject, "kept") == 0)
    kept();
  else
    return 0;
  return 1;
}
