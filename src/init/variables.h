// SPDX-License-Identifier: Apache-2.0
// The variables that kif-init takes its orders from, held to the values that it knows. A misspelt one would be an order
// that is not followed, without a word.
#pragma once

#include "base/result.h"

namespace kif::init {

/// Reads the environment through `get`, which is std::getenv's shape. invalid_input: KIF_STATUS, KIF_BROKER or
/// KIF_CATCH_ALL has a value of which kif-init knows nothing; unset and empty are its default. (Any value of
/// KIF_REQUIRE_HARDWARE_TIMER has a meaning.)
Result<void> check_variables(char* (*get)(const char*));

} // namespace kif::init
