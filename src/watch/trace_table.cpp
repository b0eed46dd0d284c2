// SPDX-License-Identifier: Apache-2.0
#include "watch/trace_table.h"

#include <algorithm>
#include <array>
#include <vector>

#include <nlohmann/json.hpp>

namespace kif::watch {
namespace {

constexpr std::size_t k_columns = 7;
using Row = std::array<std::string, k_columns>;

// Names come from inside the container, and a terminal obeys control characters.
std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text;
}

std::string milliseconds(std::chrono::nanoseconds time) {
  const std::int64_t micros = time.count() / 1000;
  std::string fraction = std::to_string(micros % 1000);
  return std::to_string(micros / 1000) + "." + std::string(3 - fraction.size(), '0') + fraction;
}

Row row_of(const Event& event) {
  const std::string what = event.act == Act::call
                               ? std::string(to_string(event.source))
                               : std::string(to_string(event.act)) + " " + std::string(to_string(event.source));
  return {milliseconds(event.time),
          std::to_string(event.pid),
          printable(event.process),
          what,
          event.act == Act::open ? "" : std::to_string(event.bytes),
          event.act == Act::call ? getrandom_flags(event.flags) : "",
          printable(describe_callers(event.callers)) + (no_security_use(event) ? "  (no security use)" : "")};
}

// Numbers to the right, words to the left; nothing after the last column.
std::string render_row(const Row& row, const std::array<std::size_t, k_columns>& widths) {
  std::string line;
  for (std::size_t i = 0; i < k_columns; ++i) {
    const std::string gap(widths[i] - std::min(widths[i], row[i].size()), ' ');
    const bool to_the_right = i == 0 || i == 1 || i == 4;
    line += (i == 0 ? "" : "  ") + (i + 1 == k_columns ? row[i] : to_the_right ? gap + row[i] : row[i] + gap);
  }
  return line + "\n";
}

} // namespace

std::string render_trace(const Trace& trace) {
  std::vector<Row> rows = {{"ms", "pid", "process", "what", "bytes", "flags", "from"}};
  std::size_t harmless = 0;
  for (const Event& event : trace.events) {
    rows.push_back(row_of(event));
    harmless += no_security_use(event) ? 1 : 0;
  }
  std::array<std::size_t, k_columns> widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < k_columns; ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  if (!trace.events.empty())
    for (const Row& row : rows)
      text += render_row(row, widths);
  text += std::to_string(trace.events.size() + trace.dropped) + " uses of the kernel's randomness, " +
          std::to_string(harmless) + " of them no security use; " +
          std::to_string(trace.notifications) + " calls looked at\n";
  if (trace.dropped > 0)
    text += std::to_string(trace.dropped) + " of them are counted and not listed\n";
  if (trace.unread > 0)
    text += std::to_string(trace.unread) + " calls could not be read: what they opened is not known\n";
  if (!trace.failure.empty())
    text += "the trace is not whole: " + trace.failure + "\n";
  return text;
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
