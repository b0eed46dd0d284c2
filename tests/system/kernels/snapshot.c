/* SPDX-License-Identifier: Apache-2.0 */
/* Runs under kif-init in a machine that is saved while it waits for a line, and restored more than once. Draws before, so that bytes lie
 * ready wherever they do; says what it draws after. `snapshot SECONDS`: how long it waits after the line. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FEW = 16, MANY = 8192 };

/* As static programs ask: kif-init answers, from what it has drawn ahead or, for many bytes, from its generator. */
static long raw_getrandom(void *buffer, size_t length) {
  long result = SYS_getrandom;
  __asm__ volatile("syscall" : "+a"(result) : "D"(buffer), "S"(length), "d"(0L) : "rcx", "r11", "memory");
  return result;
}

static void need(int good, const char *what) {
  if (good)
    return;
  printf("cannot %s\n", what);
  exit(1);
}

/* A DRBG of the FIPS module in this process. */
static int (*rand_bytes)(unsigned char *, int);
static void find_libcrypto(void) {
  void *library = dlopen("libcrypto.so.3", RTLD_NOW);
  need(library != NULL, "load libcrypto");
  *(void **)&rand_bytes = dlsym(library, "RAND_bytes");
}

static void say(const char *name, const unsigned char *bytes) {
  printf("%s ", name);
  for (int i = 0; i < FEW; ++i)
    printf("%02x", bytes[i]);
  printf("\n");
}

static long now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int main(int argc, char **argv) {
  static unsigned char bytes[MANY];
  setvbuf(stdout, NULL, _IOLBF, 0);
  const int device = open("/dev/urandom", O_RDONLY);
  need(device >= 0 && read(device, bytes, FEW) == FEW, "read the device");
  find_libcrypto();
  need(rand_bytes(bytes, FEW) == 1, "draw by libcrypto");
  for (int i = 0; i < 20; ++i)
    need(getrandom(bytes, FEW, 0) == FEW && raw_getrandom(bytes, FEW) == FEW, "draw");
  const long start_ms = now_ms();
  printf("@ready\n");
  need(getchar() != EOF, "read a line");
  if (argc > 1)
    sleep((unsigned)atoi(argv[1]));
  printf("waited %ld ms\n", now_ms() - start_ms);
  need(getrandom(bytes, FEW, 0) == FEW, "draw");
  say("process", bytes);
  need(rand_bytes(bytes, FEW) == 1, "draw by libcrypto");
  say("libcrypto", bytes);
  need(raw_getrandom(bytes, FEW) == FEW, "draw");
  say("kif-init", bytes);
  need(raw_getrandom(bytes, MANY) == MANY, "draw many");
  say("generator", bytes);
  need(read(device, bytes, FEW) == FEW, "read the device");
  say("device", bytes);
  need(read(device, bytes, FEW) == FEW, "read the device");
  say("device-later", bytes);
  return system("/usr/lib/kif/kif-init --status") == 0 ? 0 : 1;
}
