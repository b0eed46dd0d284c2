// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>

#include "host/report.h"
#include "host/timer.h"

namespace kif::host {
namespace {

using text::foreign;
using text::Mark;
using text::own;

std::string joined(const std::vector<std::string>& parts, std::string_view between = ", ") {
  std::string text;
  for (const std::string& part : parts)
    text += (text.empty() ? "" : std::string(between)) + part;
  return text;
}

std::string fixed(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string unknown(const Error& error) {
  return "unknown: " + error.message;
}

/// A label and what belongs to it on each line.
class Lines {
public:
  void line(text::Words label, std::string_view text, Mark mark = Mark::plain) {
    m_table.row({own(label, Mark::heading), foreign(text, mark)});
  }
  void more(Mark mark, std::string_view text) { m_table.row({own(""), foreign(text, mark)}); }
  const text::Table& table() const { return m_table; }

private:
  text::Table m_table{"", {{.least_width = 12, .gap = 1}, {}}};
};

std::string fips_text(const Result<FipsMode>& mode) {
  if (!mode)
    return "FIPS mode " + unknown(mode.error());
  switch (*mode) {
  case FipsMode::on:
    return "FIPS mode on";
  case FipsMode::off:
    return "FIPS mode off";
  case FipsMode::not_offered:
    return "without a FIPS mode";
  }
  return {};
}

std::string need_text(KernelSource need) {
  switch (need) {
  case KernelSource::not_needed:
    return "needed by a FIPS module without kif; not needed in what kif has hardened";
  case KernelSource::static_programs:
    return "needed by a FIPS module without kif; in what kif has hardened, by static programs and Go alone";
  case KernelSource::not_replaced:
    return "needed by a FIPS module without kif; with kif nothing takes its place, since jitterentropy fails here";
  case KernelSource::unknown:
    return "needed by a FIPS module without kif; with kif unknown, since jitterentropy could not be tried";
  }
  return {};
}

void kernel_lines(Lines& lines, const Report& report) {
  const Kernel& kernel = report.kernel;
  lines.line("kernel", (kernel.is_gvisor ? "gVisor, which calls itself " : "") + kernel.system + " " + kernel.release +
                           " " + kernel.architecture + ", " + fips_text(kernel.fips_mode));
  lines.more(Mark::faint, "its randomness: " + need_text(report.kernel_source));
  lines.more(Mark::faint,
             "still the kernel's own: disk encryption, IPsec, WireGuard, kernel TLS; kif does not reach them");
}

std::string device_text(const Device& device) {
  if (!device.exists)
    return device.path + " (not there)";
  const std::string reason = device.opens ? "" : ": " + device.opens.error().message;
  return device.path + (reason.empty() ? "" : " (there" + reason + ")");
}

void entropy_lines(Lines& lines, const Entropy& entropy) {
  std::vector<std::string> devices;
  for (const Device& device : entropy.devices)
    devices.push_back(device_text(device));
  lines.line("devices", joined(devices));
  lines.line("hw_random", !entropy.hw_random_current ? unknown(entropy.hw_random_current.error())
                          : !entropy.hw_random_available || entropy.hw_random_available->size() < 2
                              ? *entropy.hw_random_current
                              : *entropy.hw_random_current + " (of: " + joined(*entropy.hw_random_available) + ")");
  const std::string call = entropy.getrandom ? "works" : entropy.getrandom.error().message;
  lines.line("getrandom", call + "; " +
                              (!entropy.getrandom_in_vdso ? "in the vDSO: " + unknown(entropy.getrandom_in_vdso.error())
                               : *entropy.getrandom_in_vdso ? "in the vDSO as well"
                                                            : "not in the vDSO"));
  lines.line("instructions", entropy.instructions.empty() ? "none that draw random bytes"
                                                          : joined(entropy.instructions) + " (kif uses none of them)");
}

void timer_lines(Lines& lines, const Timer& timer) {
  const machine::Machine& machine = timer.machine;
  lines.line("machine", (machine.name.empty() ? "no hypervisor named" : machine.name) + " (" + machine.reason + ")");
  switch (machine.timer) {
  case machine::Timer::emulated:
    lines.more(Mark::bad, std::string(machine::k_no_claim));
    break;
  case machine::Timer::unknown:
    lines.more(Mark::warning, "timer perhaps not from hardware: " + machine.reason);
    break;
  case machine::Timer::no_emulator_seen:
    lines.more(Mark::faint, "no emulator seen; one that hides, or is below a hypervisor, would not be");
    break;
  }
  const Counter& counter = timer.counter;
  lines.line("timer", counter.name + " at " + fixed(counter.hz / 1e6, 1) + " MHz, in steps of " +
                          std::to_string(counter.step_ticks) + (counter.step_ticks == 1 ? " tick (" : " ticks (") +
                          fixed(counter.resolution_ns(), 2) + " ns), " +
                          (counter.monotonic ? "monotonic" : "NOT MONOTONIC") + ", " +
                          fixed(counter.stuck_rate * 100, 1) + " % of " + std::to_string(counter.samples) +
                          " readings stuck");
  if (!counter.monotonic)
    lines.more(Mark::bad, "it went back: jitterentropy's start-up test may refuse such a timer");
  if (counter.stuck_rate >= k_regular_rate)
    lines.more(Mark::bad, std::string(k_regular));
  std::string source = timer.clocksource ? *timer.clocksource : unknown(timer.clocksource.error());
  if (timer.clocksources)
    source += " (of: " + joined(*timer.clocksources) + ")";
  lines.line("clocksource", source);
}

void jitter_line(Lines& lines, const Result<Jitter>& jitter) {
  if (!jitter) {
    const bool is_failure = jitter.error().code == ErrorCode::entropy;
    lines.line("jitter", is_failure ? jitter.error().message : unknown(jitter.error()),
               is_failure ? Mark::bad : Mark::plain);
    return;
  }
  const auto [least, most] = std::ranges::minmax(jitter->block_ms);
  lines.line("jitter", "jitterentropy " + jitter->version + ", start-up test passed in " +
                           fixed(jitter->startup_ms, 1) + " ms; 32 bytes in " + fixed(jitter->median_block_ms(), 1) +
                           " ms (" + fixed(least, 1) + " to " + fixed(most, 1) + ")");
}

std::string container_text(const Result<Container>& container) {
  if (!container)
    return unknown(container.error());
  std::string text = container->inside ? "inside one" : "not inside one";
  if (!container->own_namespaces.empty())
    text += "; namespaces of its own: " + joined(container->own_namespaces);
  if (!container->marks.empty())
    text += "; marks: " + joined(container->marks);
  return text;
}

void sandbox_lines(Lines& lines, const Report& report) {
  lines.line("container", container_text(report.container));
  lines.line("cgroups", !report.cgroups                    ? unknown(report.cgroups.error())
                        : *report.cgroups == Cgroups::none ? "none mounted here"
                                                           : std::string(to_string(*report.cgroups)));
  const Sandbox& sandbox = report.sandbox;
  lines.line("seccomp",
             "this process: " + (sandbox.seccomp_mode ? *sandbox.seccomp_mode : unknown(sandbox.seccomp_mode.error())) +
                 "; user notification " +
                 (sandbox.user_notification ? "works" : "does not work: " + sandbox.user_notification.error().message));
  lines.line("user ns", sandbox.user_namespace ? "can be made" : sandbox.user_namespace.error().message);
  std::vector<std::string> engines;
  for (const Engine& engine : report.engines)
    engines.push_back(engine.name + " " +
                      (engine.version ? *engine.version : "(" + unknown(engine.version.error()) + ")"));
  lines.line("engines", engines.empty() ? "none found" : joined(engines));
}

text::Cell word_of(Support outcome) {
  switch (outcome) {
  case Support::works:
    return own("works", Mark::good);
  case Support::limited:
    return own("limited", Mark::warning);
  case Support::fails:
    return own("fails", Mark::bad);
  case Support::unknown:
    break;
  }
  return own("unknown", Mark::warning);
}

text::Table work_table(const std::vector<Work>& works) {
  text::Table table("  ", {{.least_width = 8}, {}});
  for (const Work& work : works)
    table.row({word_of(work.outcome), foreign(work.what + (work.reason.empty() ? "" : ": " + work.reason))});
  return table;
}

} // namespace

text::Page render(const Report& report) {
  Lines lines;
  kernel_lines(lines, report);
  entropy_lines(lines, report.entropy);
  timer_lines(lines, report.timer);
  jitter_line(lines, report.jitter);
  sandbox_lines(lines, report);
  text::Page page;
  page.add(lines.table());
  page.blank();
  page.line({own("what of kif works here", Mark::heading)});
  page.add(work_table(report.works));
  return page;
}

} // namespace kif::host
