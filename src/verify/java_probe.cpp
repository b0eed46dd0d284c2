// SPDX-License-Identifier: Apache-2.0
#include "verify/java_probe.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/java_options.h"
#include "base/quote.h"
#include "base/root_file.h"
#include "verify/probe_findings.h"

namespace kif::verify {
namespace {

constexpr const char* k_classes_path = "/.kif/java-probe";
constexpr const char* k_program = "kif.probe.JavaProbe";
constexpr std::size_t k_max_path = 200;
constexpr std::string_view k_java_sun = "java-sun";
constexpr std::string_view k_sun_has_md5 = "MD5 works: SUN has it";
constexpr std::array k_denials = {ProbeMode::deny_enosys, ProbeMode::deny_eperm};

struct Step {
  std::string_view name;
  std::string_view title;
};

// In the order in which the probe takes them.
constexpr std::array k_steps = {
    Step{"runtime", "which Java it is"},
    Step{"providers", "the FIPS module's provider is the first of the list"},
    Step{"generator", "new SecureRandom() is the FIPS module's"},
    Step{"module", "the FIPS module is ready, in approved-only mode"},
    Step{"seed-origin", "the FIPS module's seeds came from CPU jitter"},
    Step{"native", "the FIPS module's native code, which seeds from RDSEED, is off"},
    Step{"strong", "the strong SecureRandom is the layer's, seeded from CPU jitter"},
    Step{"drawn-bytes", "no two of its draws are the same"},
    Step{"sha-256", "SHA-256 is the FIPS module's and gives the known answer"},
    Step{"tls", "TLS is the FIPS provider's, 1.2 or newer"},
    Step{"stores", "key stores are the layer's"},
    Step{"refuse-md5", "MD5 is refused"},
    Step{"refuse-hmac-md5", "HMAC-MD5 is refused"},
    Step{"refuse-des", "DES is refused"},
};

/// One line where both denials gave the same.
void add_evidence(const JavaStart& start, const std::array<std::string, 2>& said, Finding& finding) {
  const std::string home = shortened(start.home, k_max_path) + ": ";
  if (said[0] == said[1]) {
    finding.evidence.push_back(home + said[0]);
    return;
  }
  for (std::size_t i = 0; i < said.size(); ++i)
    finding.evidence.push_back(home + std::string(to_string(k_denials[i])) + ": " + said[i]);
}

bool gives_options(const std::vector<std::string>& environment) {
  const std::string begin = std::string(java_options::k_variable) + "=";
  const auto entry = std::ranges::find_if(environment, [&](const std::string& one) { return one.starts_with(begin); });
  return entry != environment.end() &&
         !java_options::with_layers(std::string_view(*entry).substr(begin.size())).has_value();
}

Finding start_finding(const LiveResults& results) {
  Finding finding{.id = "LIVE-JAVA-START",
                  .title = "in each Java runtime the probe runs to its end while the kernel gives no randomness",
                  .outcome = Outcome::pass};
  for (const JavaStart& start : results.javas) {
    if (!start.defect.empty()) {
      worsen(finding, Outcome::could_not_check);
      finding.evidence.push_back(shortened(start.home, k_max_path) + ": " + start.defect);
      continue;
    }
    std::array<std::string, 2> said;
    for (std::size_t i = 0; i < said.size(); ++i) {
      const ProbeRun& run = of(start.runs, k_denials[i]);
      said[i] = incompleteness(run);
      if (!said[i].empty())
        worsen(finding, Outcome::could_not_check);
      else
        said[i] = std::to_string(run.output.steps.size()) + " steps";
    }
    add_evidence(start, said, finding);
  }
  if (results.more_javas) {
    worsen(finding, Outcome::could_not_check);
    finding.evidence.push_back("it has more than " + std::to_string(k_max_javas) + " Java runtimes");
  }
  return finding;
}

Finding step_finding(const LiveResults& results, const Step& step) {
  Finding finding{
      .id = id_of_step("LIVE-JAVA-", step.name), .title = std::string(step.title), .outcome = Outcome::pass};
  // SUN, which --java-sun keeps, has MD5; that another one has it was nobody's choice.
  const bool may_be_chosen =
      step.name == "refuse-md5" && std::ranges::find(results.compat, k_java_sun) != results.compat.end();
  for (const JavaStart& start : results.javas) {
    if (!start.defect.empty())
      continue;
    std::array<std::string, 2> said;
    for (std::size_t i = 0; i < said.size(); ++i) {
      const ProbeStep* found = of(start.runs, k_denials[i]).output.find(step.name);
      said[i] = found != nullptr ? found->evidence : "this step was not reached";
      const Outcome outcome = found != nullptr ? found->outcome : Outcome::could_not_check;
      if (outcome == Outcome::fail && may_be_chosen && said[i] == k_sun_has_md5) {
        finding.by_choice = true;
        said[i] = "not refused: not approved, by choice: " + said[i];
      } else {
        worsen(finding, outcome);
      }
    }
    add_evidence(start, said, finding);
  }
  finding.by_choice = finding.by_choice && finding.outcome == Outcome::pass;
  if (finding.by_choice)
    finding.title = "MD5 works, by choice";
  return finding;
}

} // namespace

std::vector<JavaStart> java_starts(const Subject& subject) {
  std::vector<JavaStart> starts;
  for (const std::string& home : subject.cryptography.javas) {
    if (starts.size() == k_max_javas)
      break;
    JavaStart start{.home = home};
    if (!open_in_root(subject.root, home + "/bin/java"))
      start.defect = "its bin/java cannot be opened, so nothing was started in it";
    starts.push_back(std::move(start));
  }
  return starts;
}

void set_up_java_probe(const Subject& subject, const JavaStart& start, const std::filesystem::path& classes,
                       watch::Container& container) {
  container.arguments.clear();
  if (subject.starts_through_init() && !gives_options(subject.environment))
    container.arguments = {k_layer_init, "--"};
  for (const std::string& argument :
       {start.home + "/bin/java", std::string("-cp"), std::string(k_classes_path), std::string(k_program)})
    container.arguments.push_back(argument);
  container.binds.push_back({classes, k_classes_path, true});
}

std::vector<Finding> java_findings(const LiveResults& results) {
  std::vector<Finding> findings;
  if (results.javas.empty())
    return findings;
  findings.push_back(start_finding(results));
  if (std::ranges::any_of(results.javas, [](const JavaStart& start) { return start.defect.empty(); }))
    for (const Step& step : k_steps)
      findings.push_back(step_finding(results, step));
  return findings;
}

} // namespace kif::verify
