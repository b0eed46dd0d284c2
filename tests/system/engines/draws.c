// SPDX-License-Identifier: Apache-2.0
// Draws once from getrandom and says what served it, as `name value` in each line. Linked statically too: then only the catch-all reaches it.
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifndef KIF_STATIC
#include <dlfcn.h>
#endif

enum { k_handshake_flags = 0x4b494600 }; // src/broker/protocol.h

static void show_seccomp(void) {
  char line[256];
  FILE* status = fopen("/proc/self/status", "r");
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    unsigned long long value = 0;
    char name[64];
    if (sscanf(line, "%63[^:]: %llx", name, &value) == 2 &&
        (strcmp(name, "Seccomp") == 0 || strcmp(name, "Seccomp_filters") == 0 || strcmp(name, "NoNewPrivs") == 0 || strcmp(name, "CapEff") == 0))
      printf("%s %llx\n", name, value);
  }
  if (status != NULL)
    fclose(status);
}

int main(void) {
  unsigned char bytes[32] = {0};
  // Before anything else: what a program finds that asks as soon as it starts.
  const ssize_t got = getrandom(bytes, sizeof bytes, 0);
  printf("getrandom %s\n", got == sizeof bytes ? "ok" : got < 0 ? strerrorname_np(errno) : "short");
  for (size_t i = 0; i < sizeof bytes && got > 0; ++i)
    printf("%s%02x%s", i == 0 ? "bytes " : "", bytes[i], i + 1 == sizeof bytes ? "\n" : "");
  char answer[16] = {0};
  const long handshake = syscall(SYS_getrandom, answer, sizeof answer, k_handshake_flags);
  printf("catch-all %s\n", handshake == sizeof answer && strcmp(answer, "kif catch-all 1") == 0 ? "answers" : "absent");
#ifndef KIF_STATIC
  // src/random/fill.h
  const uint64_t* counters = dlsym(RTLD_DEFAULT, "kif_random_counters");
  if (counters != NULL)
    printf("from-catch-all %lu\nfrom-broker %lu\nfrom-own %lu\nrefused %lu\n", (unsigned long)counters[0], (unsigned long)counters[1],
           (unsigned long)counters[2], (unsigned long)counters[3]);
#endif
  show_seccomp();
  return 0;
}
