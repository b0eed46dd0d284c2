// SPDX-License-Identifier: Apache-2.0
// Programs that a traced container starts with variables that lead OpenSSL elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "watch/tracee.h"

namespace kif::watch {

struct ProgramStart {
  std::string program;                ///< as execve was given it
  std::vector<std::string> variables; ///< "OPENSSL_CONF=/dev/null", in the order of its environment
  bool operator==(const ProgramStart&) const = default;
};

/// Those of OPENSSL_CONF, OPENSSL_MODULES and KIF_OPENSSL_CALLS that are in the environment (an array of pointers of
/// `pointer_bytes`, as execve takes it) of the thread's next program. What cannot be read is left out; at most the
/// first 4096 variables are looked at, and values are cut.
std::vector<std::string> leading_variables(const Tracee& tracee, int tid, std::uint64_t environment,
                                           std::size_t pointer_bytes);

} // namespace kif::watch
