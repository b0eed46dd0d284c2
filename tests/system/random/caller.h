// SPDX-License-Identifier: Apache-2.0
// getrandom as these programs ask for it.
#pragma once

#include <stddef.h>

/// By an instruction in this program: what no interposer sees. The result, or a negative errno.
long raw_getrandom(void* buffer, size_t length, unsigned flags);

/// As the program's C library has it: in a dynamic program the interposer's. The result, or a negative errno.
long libc_getrandom(void* buffer, size_t length, unsigned flags);

/// Ends the program with 1 and a line, where `good` is 0.
void need(int good, const char* what, long got);

/// COUNT forks of a process with 8 busy threads; each child's bytes have to be its own. `how`: "getrandom"; "RAND_bytes" of
/// the image's libcrypto, in the children, while the threads use getrandom; or "RAND_bytes-everywhere".
void forks(int count, const char* how);

/// PROCESSES processes with CALLS calls each, all at once; no two may be equal.
void flood(int processes, int calls);
