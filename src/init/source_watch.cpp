// SPDX-License-Identifier: Apache-2.0
#include "init/source_watch.h"

#include <array>

#include "broker/state.h"

namespace kif::init {
namespace {

constexpr const char* k_handed_out = "kif-bytes-handed-out";

// In the order in which take() gives them on.
constexpr std::array k_names = {"kif-blocks",
                                k_handed_out,
                                "kif-bytes-discarded",
                                "kif-discontinuities",
                                "kif-collectors",
                                "kif-startup-tests",
                                "kif-intermittent-repetition-count",
                                "kif-intermittent-adaptive-proportion",
                                "kif-intermittent-lag-predictor",
                                "kif-intermittent-repetition-count-memory",
                                "kif-permanent-repetition-count",
                                "kif-permanent-adaptive-proportion",
                                "kif-permanent-lag-predictor",
                                "kif-permanent-repetition-count-memory",
                                "kif-permanent-too-often",
                                "kif-permanent-other"};

void take(broker::SourceNumbers& numbers, const libcrypto::SeedNumbers& source) {
  std::array<std::uint64_t, k_names.size()> values{};
  if (!source.read(k_names, values))
    return;
  const std::uint64_t* next = values.data();
  for (std::uint64_t* number : {&numbers.blocks, &numbers.bytes_handed_out, &numbers.bytes_discarded,
                                &numbers.discontinuities, &numbers.collectors, &numbers.startup_tests})
    *number = *next++;
  for (std::size_t i = 0; i < 4; ++i)
    numbers.intermittent[i] = *next++;
  for (std::uint64_t& number : numbers.permanent)
    number = *next++;
}

void take_state(broker::GeneratorReport& report, const libcrypto::Libcrypto& crypto) {
  broker::set_text(report.source_state, libcrypto::provider_text(crypto, libcrypto::k_seed_provider, "kif-state"));
}

} // namespace

void report_ready(broker::ReportPage& page, const libcrypto::Libcrypto& crypto, const Ready& ready) {
  broker::GeneratorReport report;
  take(report.numbers, libcrypto::SeedNumbers(crypto));
  take_state(report, crypto);
  broker::set_text(report.module_name, ready.module_title);
  broker::set_text(report.module_version, ready.module_version);
  broker::set_text(report.libcrypto_version, ready.libcrypto_version);
  broker::set_text(report.jitterentropy_version, ready.jitterentropy_version);
  report.last_reseed_unix_s = page.read().last_reseed_unix_s;
  page.write(report);
}

void report_failure(broker::ReportPage& page, const FailedCheck& failed) {
  broker::GeneratorReport report = page.read();
  broker::set_text(report.failure, failed.error.message);
  page.write(report);
}

SourceWatch::SourceWatch(broker::ReportPage& page, const libcrypto::Libcrypto& crypto)
    : m_page(page), m_crypto(crypto), m_numbers(crypto), m_report(page.read()) {}

void SourceWatch::drawn(bool good) {
  std::uint64_t handed_out = m_report.numbers.bytes_handed_out;
  m_numbers.read({&k_handed_out, 1}, {&handed_out, 1});
  const bool took_seed = handed_out != m_report.numbers.bytes_handed_out;
  if (good && !took_seed)
    return;
  take(m_report.numbers, m_numbers);
  if (took_seed) {
    ++m_report.numbers.reseeds;
    m_report.last_reseed_unix_s = broker::unix_time_s();
  }
  if (!good)
    take_state(m_report, m_crypto);
  m_page.write(m_report);
}

} // namespace kif::init
