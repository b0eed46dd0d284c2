// SPDX-License-Identifier: Apache-2.0
// Takes the name of a container's broker and serves bytes that it has chosen.
//   stranger serve         by the names of all containers whose processes it sees, as they come
//   stranger own PROGRAM…  by its own container's name, and runs the program
//   stranger draw          what a process is given: 20 times 16 bytes, and 16 of a random device
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHOSEN = 'A', MAX_NAMES = 64, PACKET = 32768, STREAM_PACKET = 512 };

// As in broker/protocol.h.
struct request {
  uint32_t magic, kind;
  uint64_t bytes;
};
enum { BYTES = 1, STREAM = 2, COUNTERS = 3, AHEAD = 4 };

static struct pollfd listeners[MAX_NAMES];
static long numbers[MAX_NAMES];
static int count;

/// The number of the mount that is a process's root.
static long root_of(const char* process) {
  char path[64];
  long number = -1;
  snprintf(path, sizeof path, "/proc/%.20s/mountinfo", process);
  FILE* file = fopen(path, "re");
  if (file != NULL && fscanf(file, "%ld", &number) != 1)
    number = -1;
  if (file != NULL)
    fclose(file);
  return number;
}

static void take_name(long number) {
  for (int i = 0; i < count; ++i)
    if (numbers[i] == number)
      return;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "kif-random/1/%ld", number);
  const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (count == MAX_NAMES || bind(fd, (struct sockaddr*)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) != 0 ||
      listen(fd, 100) != 0) {
    close(fd);
    return;
  }
  numbers[count] = number;
  listeners[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void take_names(void) {
  const long own = root_of("self");
  DIR* processes = opendir("/proc");
  if (processes == NULL)
    return;
  for (const struct dirent* entry; (entry = readdir(processes)) != NULL;)
    if (atoi(entry->d_name) > 0) {
      const long number = root_of(entry->d_name);
      if (number > 0 && number != own)
        take_name(number);
    }
  closedir(processes);
}

static void answer(int fd) {
  static char packet[PACKET];
  struct request request;
  memset(packet, CHOSEN, sizeof packet);
  if (recv(fd, &request, sizeof request, 0) != sizeof request)
    return;
  if (request.kind == STREAM)
    for (int i = 0; i < 4; ++i)
      send(fd, packet, STREAM_PACKET, MSG_NOSIGNAL);
  for (uint64_t left = request.kind == STREAM ? 0 : request.bytes; left > 0;) {
    const uint64_t size = left < PACKET ? left : PACKET;
    if (send(fd, packet, size, MSG_NOSIGNAL) < 0)
      return;
    left -= size;
  }
  if (request.kind == STREAM)
    return; // its peer reads what is there
}

_Noreturn static void serve(int looks_for_names) {
  for (;;) {
    if (looks_for_names)
      take_names();
    if (poll(listeners, (nfds_t)count, 20) <= 0)
      continue;
    for (int i = 0; i < count; ++i)
      if (listeners[i].revents != 0) {
        const int fd = accept4(listeners[i].fd, NULL, NULL, SOCK_CLOEXEC);
        answer(fd);
        close(fd);
      }
  }
}

static void say(const unsigned char* bytes) {
  for (int i = 0; i < 16; ++i)
    printf("%02x", bytes[i]);
  printf("\n");
}

static int draw(void) {
  unsigned char bytes[16];
  for (int i = 0; i < 20; ++i) {
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
      return 1;
    say(bytes);
  }
  const int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (fd < 0 || read(fd, bytes, sizeof bytes) != sizeof bytes)
    return 1;
  say(bytes);
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "draw") == 0)
    return draw();
  if (argc == 2 && strcmp(argv[1], "serve") == 0)
    serve(1);
  if (argc < 3 || strcmp(argv[1], "own") != 0)
    return 2;
  take_name(root_of("self"));
  const pid_t child = fork();
  if (child == 0) {
    execv(argv[2], argv + 2);
    _exit(127);
  }
  const pid_t server = fork();
  if (server == 0)
    serve(0);
  int status = 0;
  waitpid(child, &status, 0);
  kill(server, SIGKILL);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
