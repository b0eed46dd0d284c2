/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded: what time(2) gives is moved by the number of seconds in /clock. By it the module's DRBGs tell when they are to be reseeded, an hour
 * after their last seed at the latest.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

time_t time(time_t *result) {
  struct timespec now;
  char text[16];
  time_t moved = 0;
  clock_gettime(CLOCK_REALTIME, &now);
  const int file = open("/clock", O_RDONLY | O_CLOEXEC);
  const ssize_t length = file >= 0 ? read(file, text, sizeof text) : 0;
  if (file >= 0)
    close(file);
  for (ssize_t i = 0; i < length && text[i] >= '0' && text[i] <= '9'; ++i)
    moved = moved * 10 + (text[i] - '0');
  moved += now.tv_sec;
  if (result != NULL)
    *result = moved;
  return moved;
}
