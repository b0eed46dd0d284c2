// SPDX-License-Identifier: Apache-2.0
// The variables that kif takes its orders from, held to the names and values that it knows. A misspelt one would be an
// order that is not followed, without a word.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kif::variables {

/// One variable that a part of kif reads, inside a container.
struct Variable {
  std::string_view name;
  std::array<std::string_view, 4> values; ///< that it may have, the default first; none: any
  std::string_view help;                  ///< what it does, for --help; with line breaks where it is long
};

/// All of them. A test looks for the names in kif's sources.
std::span<const Variable> known() noexcept;

/// What --help says of them.
std::string help();

/// Holds an environment (an array of "NAME=value" that a null pointer ends) to the table. invalid_input: a known
/// variable has a value that is not allowed (an empty one is its default), or a name of capital letters, digits and
/// underscores begins with KIF_, is not known, and KIF_IGNORE does not list it. The values of unknown variables are
/// not repeated: they may be secret.
///
/// Names that Kubernetes and docker --link make for a service called kif (KIF_SERVICE_HOST, KIF_PORT_80_TCP) are let
/// through: whoever runs the container did not choose them.
Result<void> check(const char* const* environment);

/// KIF_OPENSSL_CALLS=untouched: libkif-random.so leaves programs' library contexts and loads of providers to them.
bool leaves_openssl_calls(char* (*get)(const char*));

} // namespace kif::variables
