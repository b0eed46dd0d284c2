// SPDX-License-Identifier: Apache-2.0
// In which form a command prints, and through what.
#pragma once

#include "text/terminal.h"

namespace kif::cli {

enum class Format { text, json };

using text::Terminal;

} // namespace kif::cli
