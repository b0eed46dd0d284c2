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
  bool may_be_chosen = false; ///< "refuse-FEATURE" of a feature that `kif harden --compat` takes
};

// An image without libssl has no TLS to be checked; all else every image with OpenSSL can answer.
constexpr std::array<KnownStep, 37> k_steps = {{
    {"libcrypto", "the image's libcrypto is OpenSSL 3 or 4"},
    {"configuration", "OpenSSL's configuration loads"},
    {"fips-properties", "algorithms are fetched with fips=yes by default"},
    {"providers", "the FIPS provider is loaded"},
    {"drbg-primary", "the primary random generator is the FIPS module's"},
    {"drbg-public", "the public random generator is the FIPS module's"},
    {"drbg-private", "the private random generator is the FIPS module's"},
    {"rand-bytes", "RAND_bytes draws"},
    {"rand-priv-bytes", "RAND_priv_bytes draws"},
    {"seed-origin", "the seeds came from kif's entropy source"},
    {"drawn-bytes", "two blocks of the seed source differ"},
    {"sha-256", "SHA-256 gives the known answer"},
    {"aes-256-gcm", "AES-256-GCM gives the known answer"},
    {"p-256", "P-256: key, signature, verification"},
    {"rsa-2048", "RSA-2048: key, signature, verification"},
    {"thread", "a new thread draws"},
    {"fork", "a forked child draws"},
    {"getrandom", "getrandom is answered to a program that asks past OpenSSL"},
    {"random-device", "/dev/urandom gives bytes to a program that opens it"},
    {"tls-1.3", "TLS 1.3 handshake", false},
    {"tls-1.2", "TLS 1.2 handshake with the extended master secret", false},
    {"tls-refuses-x25519", "TLS refuses a peer that has X25519 only", false},
    {"tls-refuses-chacha20", "TLS refuses a peer that has ChaCha20-Poly1305 only", false},
    {"refuse-tls12-without-ems", "TLS 1.2 without the extended master secret is refused", false, true},
    {"refuse-rsa-pkcs1-encryption", "TLS 1.2 with RSA key exchange is refused", false, true},
    {"refuse-md5", "MD5 is refused"},
    {"refuse-hmac-md5", "HMAC-MD5 is refused"},
    {"refuse-rsa-1024", "RSA-1024 is refused"},
    {"refuse-x25519", "X25519 is refused"},
    {"refuse-chacha20-poly1305", "ChaCha20-Poly1305 is refused"},
    {"refuse-sha1-signatures", "signing with SHA-1 is refused", true, true},
    {"refuse-3des-encryption", "encryption with Triple-DES is refused", true, true},
    {"no-load-config", "OPENSSL_INIT_NO_LOAD_CONFIG does not lead past the FIPS module"},
    {"own-context", "a library context of a program's own has the FIPS module, and MD5 is refused in it"},
    {"provider-default", "the provider default loads by name and brings no MD5"},
    {"provider-legacy", "the provider legacy loads by name and brings neither MD4 nor MD5"},
    {"further-libcrypto", "the image's libcrypto of an older major version passes the same steps"},
}};

constexpr std::string_view k_further_step = "further-libcrypto";

KnownStep describe(std::string_view name) {
  const auto known = std::ranges::find(k_steps, name, &KnownStep::name);
  return known != k_steps.end() ? *known : KnownStep{name, name}; // a newer probe's step stands for itself
}

// The init's last word: "kif-init: ready: …" or why it refused.
std::string init_line(const watch::RunResult& result) {
  std::string found;
  for (std::string_view rest = result.err; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.starts_with("kif-init: "))
      found = in_one_line(line, 600);
  }
  return found;
}

// docs/kif-init.md, "Exit codes": its checks failed, and nothing was started.
bool init_refused(const ProbeRun& run) {
  return run.result.exit_code >= 80 && run.result.exit_code <= 94 && run.output.steps.empty();
}

Finding start_finding(const LiveResults& results) {
  Finding finding{.id = "LIVE-DENY-START",
                  .title =
                      results.through_init
                          ? "kif-init's checks pass and the probe runs to its end while the kernel gives no randomness"
                          : "the probe runs to its end while the kernel gives no randomness",
                  .outcome = Outcome::pass};
  for (const ProbeMode mode : {ProbeMode::deny_enosys, ProbeMode::deny_eperm}) {
    const ProbeRun& run = of(results.probe, mode);
    const std::string prefix = std::string(to_string(mode)) + ": ";
    if (results.through_init && run.failure.empty() && init_refused(run)) {
      finding.outcome = Outcome::fail;
      finding.evidence.push_back(prefix + init_line(run.result));
    } else if (std::string defect = incompleteness(run); !defect.empty()) {
      worsen(finding, Outcome::could_not_check);
      finding.evidence.push_back(prefix + defect);
    } else {
      const std::string line = results.through_init ? init_line(run.result) : "";
      finding.evidence.push_back(prefix + (line.empty() ? std::to_string(run.output.steps.size()) + " steps" : line));
    }
  }
  return finding;
}

/// A step "refuse-FEATURE" finds the feature, and the image says that this is its maker's choice.
bool is_by_choice(const LiveResults& results, std::string_view step) {
  constexpr std::string_view k_refuse = "refuse-";
  return describe(step).may_be_chosen &&
         std::ranges::find(results.compat, step.substr(k_refuse.size())) != results.compat.end();
}

/// The same of a further libcrypto, whose evidence begins with the counts and the steps that failed with it: "34 steps
/// passed, 2 failed, 0 could not be checked; failed: refuse-a, refuse-b; …". All of them must be choices, and all steps
/// must have been run.
bool are_all_by_choice(const LiveResults& results, std::string_view evidence) {
  constexpr std::string_view k_start = ", 0 could not be checked; failed: ";
  const std::size_t at = evidence.find(k_start);
  if (at == std::string_view::npos || at > evidence.find(';'))
    return false;
  evidence.remove_prefix(at + k_start.size());
  std::string_view steps = evidence.substr(0, evidence.find("; "));
  while (!steps.empty()) {
    const std::string_view step = steps.substr(0, steps.find(", "));
    if (!is_by_choice(results, step))
      return false;
    steps.remove_prefix(std::min(step.size() + 2, steps.size()));
  }
  return true;
}

Finding step_finding(const LiveResults& results, std::string_view name) {
  const KnownStep known = describe(name);
  Finding finding{.id = id_of_step("LIVE-DENY-", name),
                  .title = std::string(known.title),
                  .outcome = Outcome::pass,
                  .essential = known.essential};
  std::array<std::string, 2> evidence;
  std::size_t i = 0;
  bool was_run = true;
  for (const ProbeMode mode : {ProbeMode::deny_enosys, ProbeMode::deny_eperm}) {
    const ProbeStep* step = of(results.probe, mode).output.find(name);
    const Outcome outcome = step != nullptr ? step->outcome : Outcome::could_not_check;
    evidence[i++] = step != nullptr ? step->evidence : "this step was not reached";
    was_run = was_run && outcome != Outcome::could_not_check;
    worsen(finding, outcome);
  }
  if (evidence[0] == evidence[1])
    finding.evidence = {evidence[0]};
  else
    finding.evidence = {"ENOSYS: " + evidence[0], "EPERM: " + evidence[1]};
  const auto is_chosen = [&](const std::string& text) {
    return name == k_further_step ? are_all_by_choice(results, text) : is_by_choice(results, name);
  };
  if (finding.outcome == Outcome::fail && std::ranges::all_of(evidence, is_chosen)) {
    finding.outcome = was_run ? Outcome::pass : Outcome::could_not_check;
    finding.by_choice = was_run;
    // "… is refused" would say what is not so.
    if (constexpr std::string_view k_end = " is refused"; was_run && finding.title.ends_with(k_end))
      finding.title.replace(finding.title.size() - k_end.size(), k_end.size(), " works, by choice");
    finding.evidence.insert(finding.evidence.begin(), "not refused: not approved, by choice");
  }
  return finding;
}

} // namespace

std::string id_of_step(std::string_view prefix, std::string_view step) {
  std::string id(prefix);
  for (const char c : step)
    id += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return id;
}

void worsen(Finding& finding, Outcome outcome) {
  if (outcome == Outcome::fail || finding.outcome == Outcome::pass)
    finding.outcome = outcome;
}

std::string incompleteness(const ProbeRun& run) {
  if (!run.failure.empty())
    return run.failure;
  if (!run.output.defect.empty())
    return "the probe's output cannot be used: " + run.output.defect;
  if (run.result.output_cut)
    return "the probe's output is longer than the bound";
  if (!run.output.complete)
    return "the probe ended with exit code " + std::to_string(run.result.exit_code) + " before its summary" +
           (run.result.err.empty() ? "" : ": " + in_one_line(run.result.err, 300));
  return {};
}

std::vector<std::string_view> required_steps() {
  std::vector<std::string_view> names;
  for (const KnownStep& step : k_steps)
    if (step.name != k_further_step) // most images have one libcrypto
      names.push_back(step.name);
  return names;
}

Finding steps_finding(const LiveResults& results) {
  Finding finding{.id = "LIVE-PROBE-STEPS",
                  .title = "the probe reported every step that it must, in each way of running",
                  .outcome = Outcome::pass};
  const std::vector<std::string_view> required = required_steps();
  for (const ProbeMode mode : k_probe_modes) {
    std::string absent;
    for (const std::string_view name : required)
      if (of(results.probe, mode).output.find(name) == nullptr)
        absent += (absent.empty() ? "" : ", ") + std::string(name);
    if (!absent.empty()) {
      finding.outcome = Outcome::could_not_check;
      finding.evidence.push_back(std::string(to_string(mode)) + ": not reported: " + absent);
    }
  }
  if (finding.outcome == Outcome::pass)
    finding.evidence = {std::to_string(required.size()) + " steps"};
  return finding;
}

std::vector<Finding> denial_findings(const LiveResults& results) {
  std::vector<Finding> findings = {start_finding(results)};
  std::vector<std::string_view> names;
  for (const ProbeMode mode : {ProbeMode::deny_enosys, ProbeMode::deny_eperm})
    for (const ProbeStep& step : of(results.probe, mode).output.steps)
      if (std::ranges::find(names, step.name) == names.end())
        names.push_back(step.name);
  for (const std::string_view name : names)
    findings.push_back(step_finding(results, name));
  return findings;
}

} // namespace kif::verify
