// SPDX-License-Identifier: Apache-2.0
#include "watch/trace_table.h"

#include <nlohmann/json.hpp>

namespace kif::watch {
namespace {

using text::foreign;
using text::own;

std::string milliseconds(std::chrono::nanoseconds time) {
  const std::int64_t micros = time.count() / 1000;
  std::string fraction = std::to_string(micros % 1000);
  return std::to_string(micros / 1000) + "." + std::string(3 - fraction.size(), '0') + fraction;
}

text::Line row_of(const Event& event) {
  const std::string what = event.act == Act::call
                               ? std::string(to_string(event.source))
                               : std::string(to_string(event.act)) + " " + std::string(to_string(event.source));
  return {foreign(milliseconds(event.time)),
          text::number(event.pid),
          foreign(event.process),
          foreign(what),
          foreign(event.act == Act::open ? "" : std::to_string(event.bytes)),
          foreign(event.act == Act::call ? getrandom_flags(event.flags) : ""),
          foreign(describe_callers(event.callers) + (no_security_use(event) ? "  (no security use)" : ""))};
}

} // namespace

text::Page render_trace(const Trace& trace) {
  text::Page page;
  text::Table table("", {{.is_number = true}, {.is_number = true}, {}, {}, {.is_number = true}, {}, {}});
  table.row({own("ms"), own("pid"), own("process"), own("what"), own("bytes"), own("flags"), own("from")});
  std::size_t harmless = 0;
  for (const Event& event : trace.events) {
    table.row(row_of(event));
    harmless += no_security_use(event) ? 1 : 0;
  }
  if (!trace.events.empty())
    page.add(table);
  page.line({text::number(trace.events.size() + trace.dropped), own(" uses of the kernel's randomness, "),
             text::number(harmless), own(" of them no security use; "), text::number(trace.notifications),
             own(" calls looked at")});
  if (trace.dropped > 0)
    page.line({text::number(trace.dropped), own(" of them are counted and not listed")});
  if (trace.unread > 0)
    page.line({text::number(trace.unread), own(" calls could not be read: what they opened is not known")});
  if (!trace.failure.empty())
    page.line({own("the trace is not whole: "), foreign(trace.failure)});
  return page;
}

nlohmann::ordered_json to_json(const Trace& trace) {
  nlohmann::ordered_json events = nlohmann::ordered_json::array();
  for (const Event& event : trace.events)
    events.push_back(to_json(event));
  nlohmann::ordered_json json = {{"started", trace.started},
                                 {"notifications", trace.notifications},
                                 {"dropped", trace.dropped},
                                 {"unread", trace.unread}};
  if (!trace.failure.empty())
    json["failure"] = trace.failure;
  json["events"] = std::move(events);
  return json;
}

} // namespace kif::watch
