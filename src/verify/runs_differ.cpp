// SPDX-License-Identifier: Apache-2.0
#include "verify/runs_differ.h"

#include <algorithm>
#include <map>

#include "base/quote.h"

namespace kif::verify {
namespace {

constexpr std::string_view k_digest = "sha256:";
constexpr std::size_t k_digest_digits = 32; // as the probes write it
constexpr std::size_t k_max_path = 200;

/// Every digest in the evidence of the probe's step.
std::vector<std::string> digests_in(std::string_view text) {
  std::vector<std::string> digests;
  for (std::size_t at = text.find(k_digest); at != std::string_view::npos; at = text.find(k_digest, at + 1)) {
    const std::string_view digits = text.substr(at + k_digest.size(), k_digest_digits);
    if (digits.size() == k_digest_digits && digits.find_first_not_of("0123456789abcdef") == std::string_view::npos)
      digests.emplace_back(digits);
  }
  return digests;
}

/// What was drawn, and by which containers.
class Drawn {
public:
  void add(const std::string& what, const std::string& container) { m_containers[what].push_back(container); }

  std::size_t size() const noexcept { return m_containers.size(); }

  std::vector<std::string> repetitions() const {
    std::vector<std::string> lines;
    for (const auto& [what, containers] : m_containers)
      if (containers.size() > 1) {
        std::string line = "the same bytes:";
        for (const std::string& container : containers)
          line += (line.back() == ':' ? " " : ", ") + container;
        lines.push_back(std::move(line));
      }
    return lines;
  }

private:
  std::map<std::string, std::vector<std::string>> m_containers;
};

} // namespace

Finding runs_differ_finding(const LiveResults& results) {
  Finding finding{
      .id = "LIVE-RUNS-DIFFER", .title = "no two containers drew the same bytes", .outcome = Outcome::could_not_check};
  Drawn drawn;
  std::size_t containers = 0;
  const auto add_probe = [&](const PerMode<ProbeRun>& runs, const std::string& name) {
    for (const ProbeMode mode : k_probe_modes) {
      const ProbeStep* step = of(runs, mode).output.find("drawn-bytes");
      const auto digests = step != nullptr ? digests_in(step->evidence) : std::vector<std::string>();
      containers += digests.empty() ? 0 : 1;
      for (const std::string& digest : digests)
        drawn.add(digest, name + ", " + std::string(to_string(mode)));
    }
  };
  add_probe(results.probe, "probe");
  for (const JavaStart& java : results.javas)
    add_probe(java.runs, "Java of " + shortened(java.home, k_max_path));
  for (const OpensslJobResult& job : results.openssl_jobs)
    for (const ProbeMode mode : k_probe_modes)
      if (const std::string& bytes = of(job.runs, mode).drawn; !bytes.empty()) {
        ++containers;
        drawn.add(bytes, "openssl rand, " + std::string(to_string(mode)));
      }
  finding.evidence = drawn.repetitions();
  if (!finding.evidence.empty())
    finding.outcome = Outcome::fail;
  else if (containers > 1)
    finding.outcome = Outcome::pass;
  finding.evidence.push_back(std::to_string(drawn.size()) +
                             " different draws; containers that drew: " + std::to_string(containers));
  return finding;
}

} // namespace kif::verify
