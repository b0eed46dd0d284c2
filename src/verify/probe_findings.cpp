// SPDX-License-Identifier: Apache-2.0
#include "verify/probe_findings.h"

#include <algorithm>
#include <cctype>

namespace kif::verify {
namespace {

struct KnownStep {
  std::string_view name;
  std::string_view title;
  bool essential = true;
};

// An image without libssl has no TLS to be checked; all else every image with OpenSSL can answer.
constexpr std::array<KnownStep, 26> k_steps = {{
    {"libcrypto", "the image's libcrypto is OpenSSL 3"},
    {"configuration", "OpenSSL's configuration loads"},
    {"fips-properties", "algorithms are fetched with fips=yes by default"},
    {"providers", "the FIPS provider is loaded"},
    {"drbg-primary", "the primary random generator is the FIPS module's"},
    {"drbg-public", "the public random generator is the FIPS module's"},
    {"drbg-private", "the private random generator is the FIPS module's"},
    {"rand-bytes", "RAND_bytes draws"},
    {"rand-priv-bytes", "RAND_priv_bytes draws"},
    {"seed-origin", "the seeds came from CPU jitter"},
    {"sha-256", "SHA-256 gives the known answer"},
    {"aes-256-gcm", "AES-256-GCM gives the known answer"},
    {"p-256", "P-256: key, signature, verification"},
    {"rsa-2048", "RSA-2048: key, signature, verification"},
    {"thread", "a new thread draws"},
    {"fork", "a forked child draws"},
    {"getrandom", "getrandom is answered to a program that asks past OpenSSL"},
    {"random-device", "/dev/urandom gives bytes to a program that opens it"},
    {"tls-1.3", "TLS 1.3 handshake", false},
    {"tls-refuses-x25519", "TLS refuses a peer that has X25519 only", false},
    {"tls-refuses-chacha20", "TLS refuses a peer that has ChaCha20-Poly1305 only", false},
    {"refuse-md5", "MD5 is refused"},
    {"refuse-hmac-md5", "HMAC-MD5 is refused"},
    {"refuse-rsa-1024", "RSA-1024 is refused"},
    {"refuse-x25519", "X25519 is refused"},
    {"refuse-chacha20-poly1305", "ChaCha20-Poly1305 is refused"},
}};

KnownStep describe(std::string_view name) {
  const auto known = std::ranges::find(k_steps, name, &KnownStep::name);
  return known != k_steps.end() ? *known : KnownStep{name, name}; // a newer probe's step stands for itself
}

std::string id_of(std::string_view step) {
  std::string id = "LIVE-DENY-";
  for (const char c : step)
    id += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return id;
}

// The init's last word: "kif-init: ready: …" or why it refused.
std::string init_line(const watch::RunResult& result) {
  std::string found;
  for (std::string_view rest = result.err; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.starts_with("kif-init: "))
      found = cleaned(line, 600);
  }
  return found;
}

// docs/kif-init.md, "Exit codes": its checks failed, and nothing was started.
bool init_refused(const ProbeRun& run) {
  return run.result.exit_code >= 80 && run.result.exit_code <= 92 && run.output.steps.empty();
}

Finding start_finding(const LiveResults& results) {
  Finding finding{.id = "LIVE-DENY-START",
                  .title =
                      results.through_init
                          ? "kif-init's checks pass and the probe runs to its end while the kernel gives no randomness"
                          : "the probe runs to its end while the kernel gives no randomness",
                  .outcome = Outcome::pass};
  for (const Way way : {Way::deny_enosys, Way::deny_eperm}) {
    const ProbeRun& run = of(results.probe, way);
    const std::string prefix = std::string(to_string(way)) + ": ";
    if (results.through_init && run.failure.empty() && init_refused(run)) {
      finding.outcome = Outcome::fail;
      finding.evidence.push_back(prefix + init_line(run.result));
    } else if (std::string defect = incompleteness(run); !defect.empty()) {
      if (finding.outcome == Outcome::pass)
        finding.outcome = Outcome::could_not_check;
      finding.evidence.push_back(prefix + defect);
    } else {
      const std::string line = results.through_init ? init_line(run.result) : "";
      finding.evidence.push_back(prefix + (line.empty() ? std::to_string(run.output.steps.size()) + " steps" : line));
    }
  }
  return finding;
}

Finding step_finding(const LiveResults& results, std::string_view name) {
  const KnownStep known = describe(name);
  Finding finding{
      .id = id_of(name), .title = std::string(known.title), .outcome = Outcome::pass, .essential = known.essential};
  std::array<std::string, 2> evidence;
  std::size_t i = 0;
  for (const Way way : {Way::deny_enosys, Way::deny_eperm}) {
    const ProbeStep* step = of(results.probe, way).output.find(name);
    const Outcome outcome = step != nullptr ? step->outcome : Outcome::could_not_check;
    evidence[i++] = step != nullptr ? step->evidence : "this step was not reached";
    if (outcome == Outcome::fail || finding.outcome == Outcome::pass)
      finding.outcome = outcome == Outcome::pass ? finding.outcome : outcome;
  }
  if (evidence[0] == evidence[1])
    finding.evidence = {evidence[0]};
  else
    finding.evidence = {"ENOSYS: " + evidence[0], "EPERM: " + evidence[1]};
  return finding;
}

} // namespace

std::string incompleteness(const ProbeRun& run) {
  if (!run.failure.empty())
    return run.failure;
  if (!run.output.defect.empty())
    return "the probe's output cannot be used: " + run.output.defect;
  if (run.result.output_cut)
    return "the probe's output is longer than the bound";
  if (!run.output.complete)
    return "the probe ended with exit code " + std::to_string(run.result.exit_code) + " before its summary" +
           (run.result.err.empty() ? "" : ": " + cleaned(run.result.err, 300));
  return {};
}

std::vector<Finding> denial_findings(const LiveResults& results) {
  std::vector<Finding> findings = {start_finding(results)};
  std::vector<std::string_view> names;
  for (const Way way : {Way::deny_enosys, Way::deny_eperm})
    for (const ProbeStep& step : of(results.probe, way).output.steps)
      if (std::ranges::find(names, step.name) == names.end())
        names.push_back(step.name);
  for (const std::string_view name : names)
    findings.push_back(step_finding(results, name));
  return findings;
}

} // namespace kif::verify
