// SPDX-License-Identifier: Apache-2.0
// A program whose own malloc asks for random bytes, by every way, before anything of it has run; as hardened allocators do.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

static char arena[1 << 30]; // nothing is ever given back
static size_t used;
static unsigned asked, answered, refused;

static void ask(void) {
  unsigned char bytes[16];
  ++asked;
  const long got = asked % 2 ? getrandom(bytes, sizeof bytes, GRND_NONBLOCK)
                             : syscall(SYS_getrandom, bytes, sizeof bytes, GRND_NONBLOCK);
  if (got == sizeof bytes)
    ++answered;
  else if (got < 0 && errno == ENOSYS)
    ++refused; // while the library makes a generator, below in this very call
  else
    abort();
}

void* malloc(size_t size) {
  ask();
  const size_t at = (__atomic_fetch_add(&used, (size + 31) & ~(size_t)15, __ATOMIC_RELAXED)) + 16;
  if (at + size > sizeof arena)
    return NULL;
  memcpy(arena + at - 16, &size, sizeof size);
  return arena + at;
}
void free(void* pointer) { (void)pointer; }
void* calloc(size_t count, size_t size) { return malloc(count * size); } // the arena is zero
void* realloc(void* pointer, size_t size) {
  void* fresh = malloc(size);
  size_t before = 0;
  if (pointer != NULL && fresh != NULL) {
    memcpy(&before, (char*)pointer - 16, sizeof before);
    memcpy(fresh, pointer, before < size ? before : size);
  }
  return fresh;
}
void* memalign(size_t alignment, size_t size) {
  char* pointer = malloc(size + alignment);
  return pointer + (alignment - (size_t)pointer % alignment) % alignment;
}
void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void** pointer, size_t alignment, size_t size) {
  *pointer = memalign(alignment, size);
  return *pointer == NULL ? ENOMEM : 0;
}

int main(void) {
  free(malloc(10));
  unsigned char bytes[32];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
    return 1;
  const int device = open("/dev/urandom", O_RDONLY);
  if (device < 0 || read(device, bytes, sizeof bytes) != sizeof bytes)
    return 1;
  free(malloc(10));
  printf("asked %u answered %u refused %u\n", asked, answered, refused);
  return answered > 0 ? 0 : 1;
}
