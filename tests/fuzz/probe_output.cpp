// SPDX-License-Identifier: Apache-2.0
// What comes out of a container that is verified: whatever runs there may have written it.
#include "verify/probe_output.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "target.h"
#include "verify/workload.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view text = fuzz::text_of(data, size);
  (void)verify::signal_number(text);
  fuzz::demand(!verify::says_catch_all_is_on(text) || text.find("kif-init") != std::string_view::npos,
               "only kif-init says that its catch-all is on");
  const std::string lines = verify::lines_of_java_probe(text);
  fuzz::demand(lines.size() <= text.size() + 1 && verify::lines_of_java_probe(lines) == lines,
               "the Java probe's lines are of the text, and all of them are its");
  const verify::ProbeOutput output = verify::parse_probe_output(text);
  fuzz::demand(!output.complete || output.defect.empty(), "what has a defect is not complete");
  fuzz::demand(output.steps.size() <= verify::k_max_steps, "no more steps than the bound");
  std::set<std::string> names;
  std::string written;
  int counts[3] = {};
  for (const verify::ProbeStep& step : output.steps) {
    fuzz::demand(names.insert(step.name).second, "each step is there once");
    fuzz::demand(output.find(step.name) == &step, "a step is found by its name");
    fuzz::demand(step.evidence.size() <= verify::k_max_evidence_bytes + 4 &&
                     std::ranges::none_of(step.evidence, [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
                 "evidence is short and steers no terminal");
    ++counts[static_cast<int>(step.outcome)];
    written += nlohmann::json({{"schema", 1},
                               {"step", step.name},
                               {"outcome", verify::to_string(step.outcome)},
                               {"evidence", step.evidence}})
                   .dump() +
               "\n";
  }
  using enum verify::Outcome;
  const std::string summary = nlohmann::json({{"schema", 1},
                                              {"step", "summary"},
                                              {"outcome", "pass"},
                                              {"passed", counts[static_cast<int>(pass)]},
                                              {"failed", counts[static_cast<int>(fail)]},
                                              {"could_not_check", counts[static_cast<int>(could_not_check)]}})
                                  .dump() +
                              "\n";
  const verify::ProbeOutput again = verify::parse_probe_output(written + summary);
  fuzz::demand(again.complete && again.steps.size() == output.steps.size(), "steps that were read can be written");
  fuzz::demand(!verify::parse_probe_output(written + summary + summary).complete, "nothing follows a summary");
  if (!output.steps.empty())
    fuzz::demand(!verify::parse_probe_output(written.substr(written.find('\n') + 1) + summary).complete,
                 "a step that is missing is missed");
  return 0;
}
