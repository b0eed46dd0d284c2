// SPDX-License-Identifier: Apache-2.0
// What the traced runs asked of the kernel's randomness, alike calls together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "watch/event.h"

namespace kif::verify {

/// All calls of one run that agree in everything but time and process number.
struct CallSummary {
  std::string run; ///< which traced run: "probe", "openssl rand", …
  std::string process;
  std::string executable;
  watch::Act act = watch::Act::call;
  watch::Source source = watch::Source::getrandom;
  std::uint64_t bytes = 0; ///< of each call
  std::uint32_t flags = 0;
  std::string callers; ///< watch::describe_callers
  std::uint64_t count = 0;
  std::string reason; ///< why it is no security use; empty: it is one, or it is undecided
  bool is_undecided = false; ///< watch::is_undecided
  bool is_answered = false; ///< by kif-init's catch-all, where no trace is in its place

  bool is_security_use() const noexcept { return reason.empty() && !is_undecided; }
  /// "openssl: getrandom 48 bytes, flags 0, from libc.so.6 getentropy < libcrypto.so.3 RAND_bytes_ex", how often, and
  /// that it is undecided.
  std::string describe() const;
};

/// In the order in which each kind first came. Names that come from the container are cut.
std::vector<CallSummary> summarize(const std::string& run, const std::vector<watch::Event>& events);

} // namespace kif::verify
