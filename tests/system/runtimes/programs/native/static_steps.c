// SPDX-License-Identifier: Apache-2.0
// A static program: no library of the layer gets into it, and its calls go straight to the kernel.
#include "random.h"
#include "record.h"

int main(void) {
  fact("version", "C, glibc linked in");
  random_calls();
  random_processes();
  finish();
  return 0;
}
