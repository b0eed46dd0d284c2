// SPDX-License-Identifier: Apache-2.0
#include "verify/call_summary.h"

#include <map>
#include <tuple>

#include "verify/probe_output.h"

namespace kif::verify {

std::string CallSummary::describe() const {
  std::string text = process + ": ";
  if (act == watch::Act::call)
    text += "getrandom " + std::to_string(bytes) + " bytes, flags " + watch::getrandom_flags(flags);
  else if (act == watch::Act::read)
    text += "read " + std::to_string(bytes) + " bytes of " + std::string(watch::to_string(source));
  else
    text += "open " + std::string(watch::to_string(source));
  text += ", from " + callers;
  if (count > 1)
    text += ", " + std::to_string(count) + " times";
  if (is_undecided)
    text += ": as glibc's malloc does it, but the names of the functions that called could not be read";
  return text;
}

std::vector<CallSummary> summarize(const std::string& run, const std::vector<watch::Event>& events) {
  using Key =
      std::tuple<std::string, std::string, watch::Act, watch::Source, std::uint64_t, std::uint32_t, std::string>;
  std::map<Key, std::size_t> known;
  std::vector<CallSummary> summaries;
  for (const watch::Event& event : events) {
    const std::uint32_t flags = event.act == watch::Act::call ? event.flags : 0;
    CallSummary summary{.run = run,
                        .process = in_one_line(event.process, 64),
                        .executable = in_one_line(event.executable, 256),
                        .act = event.act,
                        .source = event.source,
                        .bytes = event.bytes,
                        .flags = flags,
                        .callers = in_one_line(watch::describe_callers(event.callers), 400),
                        .count = 1,
                        .reason = std::string(watch::no_security_use(event).value_or("")),
                        .is_undecided = watch::is_undecided(event)};
    // The reason is part of the key by way of the callers and the numbers it follows from.
    const auto [entry, is_new] = known.try_emplace(Key{summary.process, summary.executable, summary.act, summary.source,
                                                       summary.bytes, flags, summary.callers + "\n" + summary.reason +
                                                           (summary.is_undecided ? "undecided" : "")},
                                                   summaries.size());
    if (is_new)
      summaries.push_back(std::move(summary));
    else
      ++summaries[entry->second].count;
  }
  return summaries;
}

} // namespace kif::verify
