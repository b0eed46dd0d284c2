// SPDX-License-Identifier: Apache-2.0
#include "host/works.h"

#include <algorithm>

namespace kif::host {
namespace {

using machine::Timer;

Work from_trial(std::string id, std::string what, const Result<void>& trial, std::string without) {
  if (trial)
    return {std::move(id), std::move(what), Support::works, {}};
  return {std::move(id), std::move(what), Support::limited, trial.error().message + "; " + std::move(without)};
}

Work openssl_work(const Report& report) {
  Work work{"openssl", "OpenSSL in hardened containers, seeded from CPU jitter", Support::works, {}};
  const machine::Machine& machine = report.timer.machine;
  if (!report.jitter && report.jitter.error().code == ErrorCode::entropy)
    return {work.id, work.what, Support::fails, report.jitter.error().message + "; cryptography refuses to start"};
  if (!report.jitter)
    return {work.id, work.what, Support::unknown, report.jitter.error().message};
  if (machine.timer == Timer::emulated)
    return {work.id, work.what, Support::limited, std::string(machine::k_no_claim) + " (" + machine.name + ")"};
  if (machine.timer == Timer::unknown)
    return {work.id, work.what, Support::limited, "timer perhaps not from hardware: " + machine.reason};
  return work;
}

const Engine* find_runc(const Report& report) {
  const auto found = std::ranges::find(report.engines, "runc", &Engine::name);
  return found == report.engines.end() ? nullptr : &*found;
}

Work run_work(const Report& report) {
  Work work{"run", "kif run, kif run --deny", Support::works, {}};
  if (report.kernel.is_gvisor)
    return {work.id, work.what, Support::fails, "gVisor runs no containers of its own"};
  if (find_runc(report) == nullptr)
    return {work.id, work.what, Support::fails, "no runc here"};
  if (!report.is_root && !report.sandbox.user_namespace)
    return {work.id, work.what, Support::fails,
            "not root, and no user namespace: " + report.sandbox.user_namespace.error().message};
  if (report.container && report.container->inside)
    return {work.id, work.what, Support::unknown, "inside a container it depends on what that one may do"};
  return work;
}

/// runc hands the calls to kif by user notification as well.
Work trace_work(const Report& report, const Work& runs) {
  Work work{"trace", "kif run --trace, kif verify --live", runs.outcome, runs.reason};
  if (runs.outcome == Support::fails)
    return work;
  const auto& actions = report.sandbox.seccomp_actions;
  if (!actions)
    return {work.id, work.what, Support::unknown, actions.error().message};
  if (std::ranges::find(*actions, "user_notif") == actions->end())
    return {work.id, work.what, Support::fails, "this kernel has no seccomp user notification"};
  if (!report.has_payload && work.outcome == Support::works)
    return {work.id, work.what, Support::limited, "kif verify needs kif's own files, which are not beside it"};
  return work;
}

} // namespace

std::string_view to_string(Support outcome) noexcept {
  switch (outcome) {
  case Support::works:
    return "works";
  case Support::limited:
    return "limited";
  case Support::fails:
    return "fails";
  case Support::unknown:
    return "unknown";
  }
  return "unknown";
}

std::vector<Work> conclude_works(const Report& report) {
  std::vector<Work> works;
  works.push_back(openssl_work(report));
  works.push_back(from_trial("broker", "random bytes from kif-init's broker", report.sandbox.broker_socket,
                             "each process makes a DRBG of its own"));
  works.push_back(from_trial("catch-all", "kif-init's catch-all, for static programs and Go",
                             report.sandbox.user_notification, "static programs ask the kernel"));
  Work harden{"harden", "kif harden", Support::works, {}};
  if (!report.has_payload)
    harden = {harden.id, harden.what, Support::fails, "kif's own files are not beside it"};
  works.push_back(std::move(harden));
  works.push_back(run_work(report));
  works.push_back(trace_work(report, works.back()));
  return works;
}

std::string_view to_string(KernelSource need) noexcept {
  switch (need) {
  case KernelSource::not_needed:
    return "not-needed";
  case KernelSource::static_programs:
    return "static-programs";
  case KernelSource::not_replaced:
    return "not-replaced";
  case KernelSource::unknown:
    return "unknown";
  }
  return "not-needed";
}

KernelSource conclude_kernel_source(const Report& report) {
  if (!report.jitter && report.jitter.error().code == ErrorCode::entropy)
    return KernelSource::not_replaced;
  if (!report.jitter)
    return KernelSource::unknown; // jitterentropy was not tried here
  return report.sandbox.user_notification ? KernelSource::not_needed : KernelSource::static_programs;
}

} // namespace kif::host
