// SPDX-License-Identifier: Apache-2.0
// A trace for people, and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "text/page.h"
#include "watch/recorder.h"

namespace kif::watch {

/// One aligned line for each event with a heading, then the sums and whatever makes the trace less than whole.
text::Page render_trace(const Trace& trace);

/// {"events": […], "notifications": …, "dropped": …, "unread": …, "failure": …}; docs/verify.md.
nlohmann::ordered_json to_json(const Trace& trace);

} // namespace kif::watch
