// SPDX-License-Identifier: Apache-2.0
// A C program's own ways to randomness, each a step.
#ifndef KIF_RUNTIMES_RANDOM_H
#define KIF_RUNTIMES_RANDOM_H

#ifdef __cplusplus
extern "C" {
#endif

// Through libc and by system call.
void random_calls(void);
// Reading /dev/urandom and /dev/random, which must look like devices.
void random_devices(void);
// In threads, and in children of a process whose threads draw all the time.
void random_processes(void);

#ifdef __cplusplus
}
#endif

#endif
