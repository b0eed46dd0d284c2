// SPDX-License-Identifier: Apache-2.0
// The state of the container's broker as text: the line of a change, what --status prints, what --health says.
#pragma once

#include <string>
#include <string_view>

#include "broker/state.h"
#include "init/arguments.h"
#include "init/status.h"

namespace kif::init {

/// Exit codes of --status and --health beside 0, which is ready (docs/kif-init.md has the table). exit_code(state) has
/// those of the states.
inline constexpr int k_no_broker = 1;
inline constexpr int k_no_answer = 5;
int exit_code(broker::State state) noexcept;

/// How long they wait. Where the checks run, the first one passes; a broker that is stopped, or has no processor, lets
/// pass the second.
inline constexpr int k_ask_limit_ms = 2000;
inline constexpr int k_probe_limit_ms = 5000;

/// "kif-init: degraded: REASON", newline included; schema 1 where it is JSON.
std::string render_change(broker::State before, broker::State now, std::string_view reason, StatusFormat format);

/// JSON of schema 1 in one line, or metrics in Prometheus' text format. `version`: kif-init's.
std::string render(const broker::StateReport& report, OutputFormat format, std::string_view version);

/// Of a state that is not ready.
std::string render_unhealthy(const broker::StateReport& report, StatusFormat format);

} // namespace kif::init
