#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# symbols.sh ARCHIVE: what the objects of the room may not refer to, read from the objects themselves, so that no path is missed by a test run.
# No other source of randomness, no lock, no thread, no exception, no stream, no static constructor; and no heap, but in jitter_library.cpp.o,
# whose open() is no part of a draw.
set -eu
export LC_ALL=C
undefined=$(nm -A --undefined-only "$1")
[ -n "$undefined" ] || { echo "cannot read symbols of $1: there are none"; exit 1; }
found=$(
  printf '%s\n' "$undefined" |
    grep -E ' (getrandom|getentropy|arc4random.*|random_r?|s?rand|_ZNSt13random_device.*|syscall|abort|pthread_(mutex|cond|rwlock|create|once).*|sem_.*|_ZNSt8ios_base.*|__cxa_throw|__cxa_atexit)$' || true
  printf '%s\n' "$undefined" | grep -v ':jitter_library\.cpp\.o:' |
    grep -E ' (malloc|calloc|realloc|aligned_alloc|posix_memalign|strdup|_Znwm.*|_Znam.*)$' || true
  objdump -h "$1" | grep -E '\.(init_array|ctors)' || true
)
[ -z "$found" ] || { printf 'found in %s:\n%s\n' "$1" "$found"; exit 1; }
