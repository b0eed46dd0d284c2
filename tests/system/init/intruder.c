/* SPDX-License-Identifier: Apache-2.0 */
/* A library that says when it is loaded, and ends its process if KIF_TEST_CRASH is set. It is no provider and no
 * jitterentropy. */
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void loaded(void) {
  static const char text[] = "intruder was loaded\n";
  if (write(STDERR_FILENO, text, sizeof text - 1) < 0 || getenv("KIF_TEST_CRASH") != NULL)
    abort();
}
