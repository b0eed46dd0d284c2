// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdint.h>

/// As random/fill.h lays them out.
struct random_counters {
  uint64_t catch_all_bytes, broker_bytes, own_bytes, refused, early, devices, ahead_bytes;
};
