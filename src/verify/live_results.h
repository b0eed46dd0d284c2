// SPDX-License-Identifier: Apache-2.0
// What the containers of a live verification gave, and the findings that follow: no container is run here.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "verify/call_summary.h"
#include "verify/findings/finding.h"
#include "verify/probe_output.h"
#include "verify/workload.h"
#include "watch/run.h"

namespace kif::verify {

/// The three ways in which everything is run.
enum class ProbeMode { deny_enosys, deny_eperm, trace };
inline constexpr std::array<ProbeMode, 3> k_probe_modes = {ProbeMode::deny_enosys, ProbeMode::deny_eperm,
                                                           ProbeMode::trace};
std::string_view to_string(ProbeMode mode) noexcept; ///< "deny ENOSYS", "deny EPERM", "trace"

template <class T> using PerMode = std::array<T, 3>;
template <class T> T& of(PerMode<T>& values, ProbeMode mode) {
  return values[static_cast<std::size_t>(mode)];
}
template <class T> const T& of(const PerMode<T>& values, ProbeMode mode) {
  return values[static_cast<std::size_t>(mode)];
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
  std::string drawn = {}; ///< the random bytes it printed, where that is what it is for
};

struct OpensslJobResult {
  std::string id; ///< "RAND", "GENPKEY-EC", …
  std::string title;
  PerMode<OpensslRun> runs;
};

/// A start in which OpenSSL does not see the image's environment; under both denials.
struct ApartStart {
  std::string id; ///< "EMPTY-ENVIRONMENT", …
  std::string title;
  bool essential = true;
  bool gains_rights = false; ///< it shows something only where the kernel says that rights were gained
  std::string defect = {};   ///< empty, or why it was not made
  PerMode<ProbeRun> runs = {};
};

/// A Java runtime of the image, under both denials.
struct JavaStart {
  std::string home;        ///< its folder; hostile
  std::string defect = {}; ///< empty, or why nothing was started in it
  PerMode<ProbeRun> runs = {};
};

struct LiveResults {
  bool through_init = false;
  std::vector<std::string> compat; ///< features that the layer says work by choice, though they are not approved
  PerMode<ProbeRun> probe;
  std::vector<ApartStart> apart_starts = {};
  bool control_is_image = false; ///< nothing of kif in it: it is its own control
  std::string control_defect;    ///< empty, or why there is no control
  PerMode<ProbeRun> control;     ///< not filled where the image is its own
  std::string openssl;           ///< path in the image; empty: it has no such command
  std::vector<OpensslJobResult> openssl_jobs;
  std::vector<JavaStart> javas = {}; ///< k_max_javas at most
  bool more_javas = false;
  std::optional<WorkloadResults> workload = {}; ///< none: the image's own program was not to be run
};

std::vector<Finding> live_findings(const LiveResults& results);
/// The calls of all traced runs but the control's.
std::vector<CallSummary> live_calls(const LiveResults& results);

} // namespace kif::verify
