// SPDX-License-Identifier: Apache-2.0
#include "init/state_text.h"

#include <cstdint>

#include "text/json_string.h"

namespace kif::init {
namespace {

using broker::State;
using broker::StateReport;
using broker::text_of;
using text::json_string;

constexpr std::string_view k_json_head = R"({"schema":1,"program":"kif-init")";

std::string member(std::string_view name, std::uint64_t value) {
  return "," + json_string(name) + ":" + std::to_string(value);
}

std::string text_member(std::string_view name, std::string_view value) {
  return "," + json_string(name) + ":" + json_string(value);
}

/// Without the comma in front.
std::string object(std::string members) {
  members.front() = '{';
  return members + "}";
}

std::uint64_t unsigned_of(std::int64_t value) {
  return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

std::string failures_object(const broker::SourceNumbers& numbers) {
  std::string all;
  for (std::size_t i = 0; i < broker::k_health_tests.size(); ++i)
    all += "," + json_string(broker::k_health_tests[i]) + ":" +
           object(member("intermittent", numbers.intermittent[i]) + member("permanent", numbers.permanent[i]));
  return object(all);
}

std::string render_json(const StateReport& report, std::string_view version) {
  const broker::Counters& counters = report.counters;
  const broker::GeneratorReport& generator = report.generator;
  const broker::SourceNumbers& source = generator.numbers;
  std::string text = std::string(k_json_head) + text_member("state", to_string(report.state));
  if (report.reason[0] != '\0')
    text += text_member("reason", text_of(report.reason));
  if (report.state == State::checking)
    return text + "}\n";
  text +=
      member("since", unsigned_of(report.since_unix_s)) + member("last_draw", unsigned_of(report.last_draw_unix_s)) +
      member("catch_all_requests", counters.catch_all_requests) + member("catch_all_bytes", counters.catch_all_bytes) +
      member("catch_all_refused", counters.catch_all_refused) + member("socket_requests", counters.socket_requests) +
      member("socket_bytes", counters.socket_bytes) + member("socket_refused", counters.socket_refused) +
      member("socket_busy", counters.socket_busy) + member("streams", counters.streams) +
      member("generator_starts", counters.generator_starts) + member("drawn_bytes", counters.drawn_bytes) +
      member("copies_noticed", counters.copies_noticed) + member("draw_ahead", counters.draw_ahead);
  text += ",\"generator_ends\":" + object(member("died", report.ends.died) + member("hung", report.ends.hung) +
                                          member("source", report.ends.source) + member("checks", report.ends.checks));
  text += ",\"source\":" +
          object(text_member("state", text_of(generator.source_state)) + member("blocks", source.blocks) +
                 member("seed_bytes", source.bytes_handed_out) + member("discarded_bytes", source.bytes_discarded) +
                 member("reseeds", source.reseeds) + member("last_reseed", unsigned_of(generator.last_reseed_unix_s)) +
                 member("startup_tests", source.startup_tests) + member("collectors", source.collectors) +
                 member("clock_discontinuities", source.discontinuities) + ",\"failures\":" + failures_object(source));
  text +=
      ",\"versions\":" + object(text_member("kif", version) + text_member("module", text_of(generator.module_version)) +
                                text_member("module_name", text_of(generator.module_name)) +
                                text_member("libcrypto", text_of(generator.libcrypto_version)) +
                                text_member("jitterentropy", text_of(generator.jitterentropy_version)));
  return text + "}\n";
}

/// A label. Prometheus wants backslash and quotation mark escaped; a newline the edge has escaped before.
/// (prometheus.io/docs/instrumenting/exposition_formats)
std::string label(std::string_view name, std::string_view value) {
  std::string line = std::string(name) + "=\"";
  for (const char c : text::escape(value)) {
    if (c == '\\' || c == '"')
      line += '\\';
    line += c;
  }
  return line + "\"";
}

/// Metrics one below the other, each with its help and type.
class Metrics {
public:
  enum class Type { counter, gauge };

  void begin(std::string name, Type type, std::string_view help) {
    m_name = std::move(name);
    m_text += "# HELP " + m_name + " " + std::string(help) + "\n# TYPE " + m_name +
              (type == Type::counter ? " counter\n" : " gauge\n");
  }
  void sample(std::uint64_t value, const std::string& labels = {}) {
    m_text += m_name + (labels.empty() ? "" : "{" + labels + "}") + " " + std::to_string(value) + "\n";
  }
  void counter(std::string name, std::string_view help, std::uint64_t value) {
    begin(std::move(name), Type::counter, help);
    sample(value);
  }
  void gauge(std::string name, std::string_view help, std::uint64_t value) {
    begin(std::move(name), Type::gauge, help);
    sample(value);
  }
  std::string take() { return std::move(m_text); }

private:
  std::string m_name;
  std::string m_text;
};

void add_service(Metrics& metrics, const StateReport& report) {
  using Type = Metrics::Type;
  const broker::Counters& counters = report.counters;
  const auto by_way = [&](const char* name, const char* help, std::uint64_t catch_all, std::uint64_t socket) {
    metrics.begin(name, Type::counter, help);
    metrics.sample(catch_all, label("way", "catch_all"));
    metrics.sample(socket, label("way", "socket"));
  };
  by_way("kif_requests_total", "Requests for random bytes.", counters.catch_all_requests, counters.socket_requests);
  by_way("kif_request_bytes_total", "Random bytes handed out.", counters.catch_all_bytes, counters.socket_bytes);
  by_way("kif_requests_refused_total", "Requests that were refused.", counters.catch_all_refused,
         counters.socket_refused);
  metrics.counter("kif_connections_busy_total", "Connections closed because there were too many at a time.",
                  counters.socket_busy);
  metrics.counter("kif_device_streams_total", "Stand-ins for random devices opened.", counters.streams);
  metrics.counter("kif_drawn_bytes_total", "Bytes drawn from the DRBG.", counters.drawn_bytes);
  metrics.counter("kif_copies_noticed_total", "Signs that this machine is a copy of another one.",
                  counters.copies_noticed);
  metrics.gauge("kif_draw_ahead", "1 where bytes are drawn ahead of requests.", counters.draw_ahead);
  metrics.gauge("kif_last_draw_timestamp_seconds", "When the DRBG gave bytes last; 0: never.",
                unsigned_of(report.last_draw_unix_s));
  metrics.counter("kif_generator_starts_total", "Processes that held the DRBG.", counters.generator_starts);
  metrics.begin("kif_generator_ends_total", Type::counter, "Processes with the DRBG that ended, by why.");
  metrics.sample(report.ends.died, label("reason", "died"));
  metrics.sample(report.ends.hung, label("reason", "hung"));
  metrics.sample(report.ends.source, label("reason", "source"));
  metrics.sample(report.ends.checks, label("reason", "checks"));
}

void add_source(Metrics& metrics, const StateReport& report) {
  const broker::SourceNumbers& source = report.generator.numbers;
  metrics.counter("kif_source_blocks_total", "Blocks of 32 bytes that passed all health tests.", source.blocks);
  metrics.counter("kif_source_seed_bytes_total", "Seed bytes that went to DRBGs.", source.bytes_handed_out);
  metrics.counter("kif_source_discarded_bytes_total", "Seed bytes that were wiped unused.", source.bytes_discarded);
  metrics.counter("kif_source_startup_tests_total", "Start-up tests of the source that passed.", source.startup_tests);
  metrics.counter("kif_source_collectors_total", "Collectors of the source that were made.", source.collectors);
  metrics.counter("kif_source_clock_discontinuities_total", "Jumps of the clocks that emptied the pool.",
                  source.discontinuities);
  metrics.begin("kif_source_failures_total", Metrics::Type::counter, "Failures of the source by health test.");
  for (std::size_t i = 0; i < broker::k_health_tests.size(); ++i) {
    const std::string test = label("test", broker::k_health_tests[i]) + ",";
    metrics.sample(source.intermittent[i], test + label("kind", "intermittent"));
    metrics.sample(source.permanent[i], test + label("kind", "permanent"));
  }
  metrics.counter("kif_reseeds_total", "Draws for which the DRBG took new seed.", source.reseeds);
  metrics.gauge("kif_last_reseed_timestamp_seconds", "When the DRBG took new seed last; 0: not since its checks.",
                unsigned_of(report.generator.last_reseed_unix_s));
}

std::string render_metrics(const StateReport& report, std::string_view version) {
  const broker::GeneratorReport& generator = report.generator;
  Metrics metrics;
  metrics.begin("kif_state", Metrics::Type::gauge, "1 for the state that the random service is in.");
  for (const State state : broker::k_states)
    metrics.sample(state == report.state ? 1 : 0, label("state", to_string(state)));
  if (report.state == State::checking)
    return metrics.take();
  metrics.gauge("kif_state_since_timestamp_seconds", "When that state began.", unsigned_of(report.since_unix_s));
  metrics.begin("kif_build_info", Metrics::Type::gauge, "Versions, as labels.");
  metrics.sample(1, label("version", version) + "," + label("module", text_of(generator.module_name)) + "," +
                        label("module_version", text_of(generator.module_version)) + "," +
                        label("libcrypto", text_of(generator.libcrypto_version)) + "," +
                        label("jitterentropy", text_of(generator.jitterentropy_version)));
  add_service(metrics, report);
  add_source(metrics, report);
  return metrics.take();
}

} // namespace

int exit_code(State state) noexcept {
  switch (state) {
  case State::ready:
    return 0;
  case State::degraded:
    return 2;
  case State::failed:
    return 3;
  case State::checking:
    return 4;
  }
  return 3;
}

std::string render_change(State before, State now, std::string_view reason, StatusFormat format) {
  if (format != StatusFormat::json)
    return "kif-init: " + std::string(to_string(now)) + ": " + text::escape(reason) + "\n";
  return std::string(k_json_head) + text_member("state", to_string(now)) + text_member("previous", to_string(before)) +
         text_member("reason", reason) + "}\n";
}

std::string render(const StateReport& report, OutputFormat format, std::string_view version) {
  return format == OutputFormat::json ? render_json(report, version) : render_metrics(report, version);
}

std::string render_unhealthy(const StateReport& report, StatusFormat format) {
  if (format == StatusFormat::json)
    return std::string(k_json_head) + text_member("state", to_string(report.state)) +
           text_member("reason", text_of(report.reason)) + "}\n";
  return "kif-init: " + std::string(to_string(report.state)) + ": " + text::escape(text_of(report.reason)) + "\n";
}

} // namespace kif::init
