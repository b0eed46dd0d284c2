// SPDX-License-Identifier: Apache-2.0
// The steps of a program and what came of each, printed as one JSON object. For C and C++.
#ifndef KIF_RUNTIMES_RECORD_H
#define KIF_RUNTIMES_RECORD_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

// Why the step that runs fails; empty: it does not.
extern char k_why[512];

// Fails the step: the first reason stays. Always false.
bool fail(const char* format, ...) __attribute__((format(printf, 1, 2)));

// Runs a step: it passes where the function returns true.
void step(const char* name, bool (*run)(void));

void fact(const char* name, const char* format, ...) __attribute__((format(printf, 2, 3)));

// Two draws of `size` bytes that must differ.
bool fresh(bool (*draw)(unsigned char* bytes, size_t size), size_t size);

void finish(void);

#ifdef __cplusplus
}
#endif

#endif
