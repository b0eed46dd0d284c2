// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <nlohmann/json.hpp>

#include "host/report.h"
#include "host/timer.h"

namespace kif::host {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value, double parts) {
  return std::round(value * parts) / parts;
}

double milliseconds(double value) {
  return rounded(value, 1000);
}

/// Builds the document, and keeps the reasons of what is unknown.
class Writer {
public:
  template <class T> Json value(const std::string& member, const Result<T>& reading) {
    if (!reading) {
      m_unknown[member] = reading.error().message;
      return nullptr;
    }
    if constexpr (requires { to_string(*reading); })
      return to_string(*reading);
    else
      return *reading;
  }

  /// A trial: true, or false with its reason beside it.
  static Json trial(const Result<void>& tried) {
    Json json = {{"works", tried.has_value()}};
    if (!tried)
      json["reason"] = tried.error().message;
    return json;
  }

  Json kernel(const Kernel& kernel, KernelSource need) {
    return {{"system", kernel.system},
            {"release", kernel.release},
            {"version", kernel.version},
            {"architecture", kernel.architecture},
            {"implementation", kernel.is_gvisor ? "gVisor" : kernel.system},
            {"fips_mode", value("kernel.fips_mode", kernel.fips_mode)},
            {"random_source", {{"without_kif", "needed"}, {"hardened", to_string(need)}}}};
  }

  Json entropy(const Entropy& entropy) {
    Json devices = Json::array();
    for (const Device& device : entropy.devices) {
      Json json = {{"path", device.path}, {"exists", device.exists}};
      if (!device.number.empty())
        json["number"] = device.number;
      json["opens"] = device.opens.has_value();
      if (!device.opens)
        json["reason"] = device.opens.error().message;
      devices.push_back(std::move(json));
    }
    Json getrandom = trial(entropy.getrandom);
    getrandom["in_vdso"] = value("entropy.getrandom.in_vdso", entropy.getrandom_in_vdso);
    return {{"devices", std::move(devices)},
            {"hw_random",
             {{"current", value("entropy.hw_random.current", entropy.hw_random_current)},
              {"available", value("entropy.hw_random.available", entropy.hw_random_available)}}},
            {"getrandom", std::move(getrandom)},
            {"instructions", entropy.instructions}};
  }

  Json machine(const machine::Machine& machine) {
    Json json = Json::object();
    if (!machine.name.empty())
      json["name"] = machine.name;
    json["timer"] = to_string(machine.timer);
    json["told_by"] = machine.reason;
    if (machine.timer == machine::Timer::emulated)
      json["note"] = machine::k_no_claim;
    return json;
  }

  Json timer(const Timer& timer) {
    const Counter& counter = timer.counter;
    Json json = {{"clocksource", value("timer.clocksource", timer.clocksource)},
                 {"clocksources", value("timer.clocksources", timer.clocksources)},
                 {"counter", counter.name},
                 {"hz", std::llround(counter.hz)},
                 {"step_ticks", counter.step_ticks},
                 {"resolution_ns", rounded(counter.resolution_ns(), 1000)},
                 {"smallest_ticks", counter.smallest_ticks},
                 {"monotonic", counter.monotonic},
                 {"stuck_rate", rounded(counter.stuck_rate, 10'000)},
                 {"samples", counter.samples}};
    if (counter.stuck_rate >= k_regular_rate)
      json["note"] = k_regular;
    return json;
  }

  Json jitter(const Result<Jitter>& jitter) {
    if (!jitter) {
      m_unknown["jitter"] = jitter.error().message;
      return nullptr;
    }
    Json blocks = Json::array();
    for (const double ms : jitter->block_ms)
      blocks.push_back(milliseconds(ms));
    return {{"library", jitter->library},
            {"version", jitter->version},
            {"startup_test_passed", true},
            {"startup_ms", milliseconds(jitter->startup_ms)},
            {"block_bytes", 32},
            {"block_ms", milliseconds(jitter->median_block_ms())},
            {"blocks_ms", std::move(blocks)}};
  }

  Json container(const Result<Container>& container) {
    if (!container) {
      m_unknown["container"] = container.error().message;
      return nullptr;
    }
    return {{"inside", container->inside}, {"own_namespaces", container->own_namespaces}, {"marks", container->marks}};
  }

  Json seccomp(const Sandbox& sandbox) {
    return {{"mode", value("seccomp.mode", sandbox.seccomp_mode)},
            {"no_new_privileges", value("seccomp.no_new_privileges", sandbox.no_new_privileges)},
            {"actions", value("seccomp.actions", sandbox.seccomp_actions)},
            {"user_notification", trial(sandbox.user_notification)}};
  }

  Json engines(const std::vector<Engine>& engines) {
    Json json = Json::array();
    for (const Engine& engine : engines)
      json.push_back({{"name", engine.name},
                      {"path", engine.path},
                      {"version", value("engines." + engine.name + ".version", engine.version)}});
    return json;
  }

  Json take_unknown() { return std::move(m_unknown); }

private:
  Json m_unknown = Json::object();
};

Json to_json(const Work& work) {
  Json json = {{"id", work.id}, {"what", work.what}, {"outcome", to_string(work.outcome)}};
  if (!work.reason.empty())
    json["reason"] = work.reason;
  return json;
}

} // namespace

Json to_json(const Report& report) {
  Writer writer;
  Json works = Json::array();
  for (const Work& work : report.works)
    works.push_back(to_json(work));
  Json json = {{"schema", k_report_schema},
               {"kernel", writer.kernel(report.kernel, report.kernel_source)},
               {"entropy", writer.entropy(report.entropy)},
               {"machine", writer.machine(report.timer.machine)},
               {"timer", writer.timer(report.timer)},
               {"jitter", writer.jitter(report.jitter)},
               {"container", writer.container(report.container)},
               {"cgroups", writer.value("cgroups", report.cgroups)},
               {"seccomp", writer.seccomp(report.sandbox)},
               {"user_namespaces", Writer::trial(report.sandbox.user_namespace)},
               {"engines", writer.engines(report.engines)},
               {"works", std::move(works)}};
  json["unknown"] = writer.take_unknown();
  return json;
}

} // namespace kif::host
