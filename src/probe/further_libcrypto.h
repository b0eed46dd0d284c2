// SPDX-License-Identifier: Apache-2.0
// An image may have a libcrypto of an older major version beside its newest, for other programs: all steps again, under
// that one.
#pragma once

#include "probe/steps.h"

namespace kif::probe {

using Steps = void (*)(Report&, const Libcrypto&);

/// Runs `steps` in a forked child and sums them up: passes where all passed; otherwise the evidence names each that did
/// not. To be called before this process uses OpenSSL, so that the child begins as a program with `crypto` does.
Finding check_further_libcrypto(const Libcrypto& crypto, Steps steps);

} // namespace kif::probe
