// SPDX-License-Identifier: Apache-2.0
// What the containers of a good verification give; each test breaks one thing of it.
#pragma once

#include "verify/live_results.h"

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
          .callers = {
              libc, {"/usr/lib/x86_64-linux-gnu/libcrypto.so.3", 2, from_malloc ? "CRYPTO_zalloc" : "RAND_bytes_ex"}}};
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

inline LiveResults good_results() {
  const std::vector<ProbeStep> good = {{"rand-bytes", Outcome::pass, "32 bytes"},
                                       {"rand-priv-bytes", Outcome::pass, "32 bytes"},
                                       {"tls-1.3", Outcome::pass, "TLS_AES_256_GCM_SHA384, P-256"},
                                       {"refuse-md5", Outcome::pass, "unsupported"}};
  const std::vector<ProbeStep> starved = {{"rand-bytes", Outcome::fail, "error retrieving entropy"},
                                          {"rand-priv-bytes", Outcome::fail, "error retrieving entropy"}};
  LiveResults results;
  results.through_init = true;
  for (const Way way : k_ways) {
    of(results.probe, way) = sample_probe(good, way == Way::trace);
    of(results.probe, way).result.err = "kif-init: ready: module 3.5.9\n";
    of(results.control, way) = sample_probe(way == Way::trace ? good : starved, way == Way::trace);
  }
  of(results.control, Way::trace).result.trace.events.push_back(sample_event(48, 0, false));
  results.openssl = "/usr/bin/openssl";
  OpensslJobResult job{"RAND", "openssl rand draws", {}};
  for (const Way way : k_ways)
    of(job.runs, way) = {Outcome::pass, {"rand: 32 bytes"}, {}};
  watch::Trace trace;
  trace.started = true;
  trace.notifications = 60;
  of(job.runs, Way::trace).traces = {{"openssl rand", trace}};
  results.openssl_jobs = {job};
  return results;
}

} // namespace kif::verify
