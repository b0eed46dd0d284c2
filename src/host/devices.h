// SPDX-License-Identifier: Apache-2.0
// What of randomness this kernel and this processor give to a process. No random byte is drawn.
#pragma once

#include "host/report.h"
#include "host/root.h"

namespace kif::host {

Entropy look_at_entropy(const Root& root);

/// Past libkif-random.so, which would answer in the kernel's place inside a hardened container.
Device look_at_device(const Root& root, const std::string& path);

} // namespace kif::host
