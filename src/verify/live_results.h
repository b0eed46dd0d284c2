// SPDX-License-Identifier: Apache-2.0
// What the containers of a live verification gave, and the findings that follow: no container is run here.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "verify/call_summary.h"
#include "verify/finding.h"
#include "verify/probe_output.h"
#include "watch/run.h"

namespace kif::verify {

/// The three ways in which everything is run.
enum class Way { deny_enosys, deny_eperm, trace };
inline constexpr std::array<Way, 3> k_ways = {Way::deny_enosys, Way::deny_eperm, Way::trace};
std::string_view to_string(Way way) noexcept; ///< "deny ENOSYS", "deny EPERM", "trace"

template <class T> using PerWay = std::array<T, 3>;
template <class T> T& of(PerWay<T>& values, Way way) {
  return values[static_cast<std::size_t>(way)];
}
template <class T> const T& of(const PerWay<T>& values, Way way) {
  return values[static_cast<std::size_t>(way)];
}

/// One container that was run, or why it was not.
struct ProbeRun {
  std::string failure; ///< empty: the container ran to its end
  watch::RunResult result;
  ProbeOutput output;
};

/// One job of the openssl command: one container, or for TLS three.
struct OpensslRun {
  Outcome outcome = Outcome::could_not_check;
  std::vector<std::string> evidence;
  std::vector<std::pair<std::string, watch::Trace>> traces; ///< by the command's name
};

struct OpensslJobResult {
  std::string id; ///< "RAND", "GENPKEY-EC", …
  std::string title;
  PerWay<OpensslRun> runs;
};

struct LiveResults {
  bool through_init = false;
  PerWay<ProbeRun> probe;
  bool control_is_image = false; ///< nothing of kif in it: it is its own control
  std::string control_defect;    ///< empty, or why there is no control
  PerWay<ProbeRun> control;      ///< not filled where the image is its own
  std::string openssl;           ///< path in the image; empty: it has no such command
  std::vector<OpensslJobResult> openssl_jobs;
};

std::vector<Finding> live_findings(const LiveResults& results);
/// The calls of all traced runs but the control's.
std::vector<CallSummary> live_calls(const LiveResults& results);

} // namespace kif::verify
