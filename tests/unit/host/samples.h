// SPDX-License-Identifier: Apache-2.0
// Reports of machines that the tests make up.
#pragma once

#include "host/report.h"
#include "host/works.h"

namespace kif::host {

inline void conclude(Report& report) {
  report.kernel_source = conclude_kernel_source(report);
  report.works = conclude_works(report);
}

/// A virtual machine on which all works.
inline Report good_machine() {
  Report report;
  report.kernel = {.system = "Linux",
                   .release = "6.12.48",
                   .version = "#1 SMP PREEMPT_DYNAMIC",
                   .architecture = "x86_64",
                   .is_gvisor = false,
                   .fips_mode = FipsMode::off};
  report.entropy.devices = {{"/dev/random", true, "1:8", {}},
                            {"/dev/urandom", true, "1:9", {}},
                            {"/dev/hwrng", true, "10:183", fail(ErrorCode::io, "cannot open it: No such device")}};
  report.entropy.hw_random_current = "none";
  report.entropy.hw_random_available = std::vector<std::string>();
  report.entropy.getrandom_in_vdso = true;
  report.entropy.instructions = {"RDRAND", "RDSEED"};
  report.timer.machine = {machine::Timer::no_emulator_seen, "KVM", "CPUID hypervisor leaf KVMKVMKVM"};
  report.timer.clocksource = "kvm-clock";
  report.timer.clocksources = std::vector<std::string>{"kvm-clock", "tsc"};
  report.timer.counter = {.name = "TSC",
                          .hz = 2'600'000'000,
                          .step_ticks = 2,
                          .smallest_ticks = 18,
                          .monotonic = true,
                          .stuck_rate = 0.0125,
                          .samples = 4095};
  report.jitter = Jitter{
      .library = "/x/libjitterentropy.so.3", .version = "3.6.3", .startup_ms = 12.34, .block_ms = {6.5, 7.25, 6}};
  report.container = Container{};
  report.cgroups = Cgroups::v2;
  report.sandbox.seccomp_mode = "off";
  report.sandbox.seccomp_actions = std::vector<std::string>{"errno", "user_notif", "allow"};
  report.engines = {{"docker", "/usr/bin/docker", "20.10.24"}, {"runc", "/usr/sbin/runc", "1.1.5"}};
  report.is_root = true;
  report.has_payload = true;
  conclude(report);
  return report;
}

/// An emulator's kernel with next to nothing in it: no /sys, no engines, the catch-all refused.
inline Report poor_machine() {
  Report report = good_machine();
  report.kernel.fips_mode = fail(ErrorCode::not_found, "no /proc/sys here");
  report.entropy.devices = {
      {"/dev/random", false, "", fail(ErrorCode::not_found, "cannot open it: No such file or directory")}};
  report.entropy.hw_random_current = fail(ErrorCode::not_found, "no /sys/class/misc/hw_random/rng_current");
  report.entropy.hw_random_available = fail(ErrorCode::not_found, "no /sys/class/misc/hw_random/rng_available");
  report.entropy.getrandom = fail(ErrorCode::denied, "refused: Operation not permitted");
  report.entropy.getrandom_in_vdso = fail(ErrorCode::not_found, "the kernel maps no vDSO into this process");
  report.entropy.instructions.clear();
  report.timer.machine = {machine::Timer::emulated, "QEMU TCG", "CPUID hypervisor leaf TCGTCGTCGTCG"};
  report.timer.clocksource = fail(ErrorCode::not_found, "no /sys/devices");
  report.timer.clocksources = fail(ErrorCode::not_found, "no /sys/devices");
  report.timer.counter.monotonic = false;
  report.timer.counter.stuck_rate = 0.999;
  report.container = Container{.inside = true, .own_namespaces = {"pid", "uts"}, .marks = {"/.dockerenv"}};
  report.cgroups = fail(ErrorCode::not_found, "no /proc/self/mountinfo");
  report.sandbox.seccomp_mode = "filter";
  report.sandbox.seccomp_actions = fail(ErrorCode::not_found, "no actions_avail");
  report.sandbox.user_notification = fail(ErrorCode::denied, "getrandom is refused from outside");
  report.sandbox.user_namespace = fail(ErrorCode::denied, "cannot make one: Operation not permitted");
  report.sandbox.broker_socket = fail(ErrorCode::denied, "cannot make a socket: Operation not permitted");
  report.engines = {{"runsc", "/usr/bin/runsc", fail(ErrorCode::timeout, "still running after 5000 ms")}};
  report.is_root = false;
  report.has_payload = false;
  conclude(report);
  return report;
}

} // namespace kif::host
