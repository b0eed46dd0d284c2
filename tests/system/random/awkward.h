// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "counters.h"

/// The interposer's, or null: it is not in this process.
const struct random_counters* random_counters(void);

/// Ends the program with 1 and a line, where `good` is 0.
void need(int good, const char* what);

/// 32 bytes by each function that there is, all of them different.
void draw_all_ways(void);

/// Opening, reading and looking at devices. 0: no such subject.
int try_devices(const char* subject);
/// Descriptors used up, and the one that a process keeps. 0: no such subject.
int try_descriptors(const char* subject);
