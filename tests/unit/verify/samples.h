// SPDX-License-Identifier: Apache-2.0
// What the containers of a good verification give; each test breaks one thing of it.
#pragma once

#include <algorithm>

#include "verify/live_results.h"
#include "verify/probe_findings.h"

namespace kif::verify {

inline watch::Event sample_event(std::uint64_t bytes, std::uint32_t flags, bool from_malloc) {
  const watch::Frame libc{"/usr/lib/x86_64-linux-gnu/libc.so.6", 1, from_malloc ? "" : "getentropy", true};
  return {.pid = 7,
          .tid = 7,
          .process = "kif-probe",
          .executable = "/.kif/probe",
          .act = watch::Act::call,
          .source = watch::Source::getrandom,
          .bytes = bytes,
          .flags = flags,
          .callers = {libc,
                      {"/usr/lib/x86_64-linux-gnu/libcrypto.so.3", 2, from_malloc ? "CRYPTO_zalloc" : "RAND_bytes_ex"}},
          .own_libc = libc.file};
}

inline ProbeRun sample_probe(std::vector<ProbeStep> steps, bool traced) {
  ProbeRun run;
  run.output.steps = std::move(steps);
  run.output.complete = true;
  run.result.trace.started = traced;
  run.result.trace.notifications = traced ? 500 : 0;
  if (traced)
    run.result.trace.events = {sample_event(8, 1, true)};
  return run;
}

/// What a run draws, which is not what another one draws.
inline ProbeStep sample_drawn(char run) {
  const auto digest = [run](char block) { return "sha256:" + std::string(30, 'a') + run + block; };
  return {"drawn-bytes", Outcome::pass,
          "RAND_bytes " + digest('0') + "; seed blocks " + digest('1') + " " + digest('2')};
}

inline LiveResults good_results() {
  std::vector<ProbeStep> good = {{"rand-bytes", Outcome::pass, "32 bytes"},
                                 {"rand-priv-bytes", Outcome::pass, "32 bytes"},
                                 {"tls-1.3", Outcome::pass, "TLS_AES_256_GCM_SHA384, P-256"},
                                 {"refuse-md5", Outcome::pass, "unsupported"}};
  for (const std::string_view name : required_steps())
    if (name != "drawn-bytes" && std::ranges::find(good, name, &ProbeStep::name) == good.end())
      good.push_back({std::string(name), Outcome::pass, "as it must be"});
  const std::vector<ProbeStep> starved = {{"rand-bytes", Outcome::fail, "error retrieving entropy"},
                                          {"rand-priv-bytes", Outcome::fail, "error retrieving entropy"}};
  LiveResults results;
  results.through_init = true;
  for (const ProbeMode mode : k_probe_modes) {
    of(results.probe, mode) = sample_probe(good, mode == ProbeMode::trace);
    of(results.probe, mode).output.steps.push_back(sample_drawn(static_cast<char>('0' + static_cast<int>(mode))));
    of(results.probe, mode).result.err = "kif-init: ready: module 3.5.9\n";
    of(results.control, mode) = sample_probe(mode == ProbeMode::trace ? good : starved, mode == ProbeMode::trace);
  }
  of(results.control, ProbeMode::trace).result.trace.events.push_back(sample_event(48, 0, false));
  results.openssl = "/usr/bin/openssl";
  OpensslJobResult job{"RAND", "openssl rand draws", {}};
  for (const ProbeMode mode : k_probe_modes)
    of(job.runs, mode) = {
        Outcome::pass, {"rand: 32 bytes"}, {}, std::string(64, static_cast<char>('0' + static_cast<int>(mode)))};
  watch::Trace trace;
  trace.started = true;
  trace.notifications = 60;
  of(job.runs, ProbeMode::trace).traces = {{"openssl rand", trace}};
  results.openssl_jobs = {job};
  return results;
}

} // namespace kif::verify
