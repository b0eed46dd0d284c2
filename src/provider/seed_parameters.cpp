// SPDX-License-Identifier: Apache-2.0
#include "provider/seed_parameters.h"

#include <array>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "entropy/counters.h"
#include "provider/core/params.h"
#include "provider/process_source.h"

namespace kif::provider {
namespace {

using entropy::Counters;

struct Number {
  const char* name;
  std::uint64_t (*value)(const Counters&) noexcept;
};

template <auto Member> std::uint64_t member(const Counters& counters) noexcept {
  return counters.*Member;
}

constexpr Number k_numbers[] = {
    {"kif-blocks", member<&Counters::blocks>},
    {"kif-bytes-credited", member<&Counters::bytes_credited>},
    {"kif-bytes-handed-out", member<&Counters::bytes_handed_out>},
    {"kif-bytes-held", member<&Counters::bytes_held>},
    {"kif-bytes-discarded", member<&Counters::bytes_discarded>},
    {"kif-discontinuities", member<&Counters::discontinuities>},
    {"kif-collectors", member<&Counters::collectors_made>},
    {"kif-startup-tests", member<&Counters::startup_tests>},
    {"kif-intermittent-failures", [](const Counters& c) noexcept { return c.intermittent_failures(); }},
    {"kif-intermittent-repetition-count", member<&Counters::intermittent_repetition_count>},
    {"kif-intermittent-adaptive-proportion", member<&Counters::intermittent_adaptive_proportion>},
    {"kif-intermittent-lag-predictor", member<&Counters::intermittent_lag_predictor>},
    {"kif-intermittent-repetition-count-memory", member<&Counters::intermittent_repetition_count_memory>},
    {"kif-permanent-failures", [](const Counters& c) noexcept { return c.permanent_failures(); }},
    {"kif-permanent-repetition-count", member<&Counters::permanent_repetition_count>},
    {"kif-permanent-adaptive-proportion", member<&Counters::permanent_adaptive_proportion>},
    {"kif-permanent-lag-predictor", member<&Counters::permanent_lag_predictor>},
    {"kif-permanent-repetition-count-memory", member<&Counters::permanent_repetition_count_memory>},
    {"kif-permanent-too-often", member<&Counters::permanent_too_often>},
    {"kif-permanent-other", member<&Counters::permanent_other>},
    {"kif-jitterentropy-version", [](const Counters&) noexcept { return std::uint64_t{jitterentropy_version()}; }},
    {"kif-osr", [](const Counters&) noexcept { return std::uint64_t{jitterentropy_osr()}; }},
    {"kif-memory-bytes", [](const Counters&) noexcept { return jitterentropy_memory_bytes(); }},
};

struct Text {
  const char* name;
  const char* (*value)() noexcept;
};

constexpr Text k_texts[] = {
    {OSSL_PROV_PARAM_NAME, []() noexcept { return "kif CPU jitter seed source"; }},
    {OSSL_PROV_PARAM_VERSION, []() noexcept { return KIF_VERSION; }},
    {OSSL_PROV_PARAM_BUILDINFO, []() noexcept { return "kif " KIF_VERSION; }},
    {"kif-jitterentropy", []() noexcept { return jitterentropy_path(); }},
    {"kif-flags", []() noexcept { return jitterentropy_flags(); }},
};

using LatencyName = std::array<char, sizeof "kif-latency-00">;

constexpr std::array<LatencyName, entropy::k_latency_buckets> make_latency_names() {
  std::array<LatencyName, entropy::k_latency_buckets> names{};
  for (std::size_t i = 0; i < names.size(); ++i) {
    constexpr std::string_view prefix = "kif-latency-";
    for (std::size_t j = 0; j < prefix.size(); ++j)
      names[i][j] = prefix[j];
    names[i][prefix.size()] = static_cast<char>('0' + i / 10);
    names[i][prefix.size() + 1] = static_cast<char>('0' + i % 10);
  }
  return names;
}

constexpr auto k_latency_names = make_latency_names();

constexpr const char* k_state = "kif-state";

constexpr std::size_t k_types = std::size(k_numbers) + std::size(k_texts) + std::size(k_latency_names) + 3;

constexpr std::array<OSSL_PARAM, k_types> make_types() {
  std::array<OSSL_PARAM, k_types> types{};
  std::size_t size = 0;
  for (const Number& number : k_numbers)
    types[size++] = {number.name, OSSL_PARAM_UNSIGNED_INTEGER, nullptr, sizeof(std::uint64_t), OSSL_PARAM_UNMODIFIED};
  for (const Text& text : k_texts)
    types[size++] = {text.name, OSSL_PARAM_UTF8_PTR, nullptr, 0, OSSL_PARAM_UNMODIFIED};
  for (const LatencyName& name : k_latency_names)
    types[size++] = {name.data(), OSSL_PARAM_UNSIGNED_INTEGER, nullptr, sizeof(std::uint64_t), OSSL_PARAM_UNMODIFIED};
  types[size++] = {OSSL_PROV_PARAM_STATUS, OSSL_PARAM_UNSIGNED_INTEGER, nullptr, sizeof(int), OSSL_PARAM_UNMODIFIED};
  types[size++] = {k_state, OSSL_PARAM_UTF8_PTR, nullptr, 0, OSSL_PARAM_UNMODIFIED};
  return types; // the last one ends the table
}

constexpr auto k_parameter_types = make_types();

} // namespace

const OSSL_PARAM* seed_parameter_types() noexcept {
  return k_parameter_types.data();
}

bool get_seed_parameters(const entropy::SeedSource* source, const char* refusal, OSSL_PARAM params[]) noexcept {
  const Counters counters = source != nullptr ? source->counters() : Counters{};
  const bool is_ready = source != nullptr && counters.latched == entropy::SourceError::none;
  bool all_fit = true;
  const auto answer_number = [&](const char* name, std::uint64_t value) {
    if (OSSL_PARAM* param = find_param(params, name); param != nullptr)
      all_fit = set_number(*param, value) && all_fit;
  };
  const auto answer_text = [&](const char* name, const char* value) {
    if (OSSL_PARAM* param = find_param(params, name); param != nullptr)
      all_fit = set_text(*param, value) && all_fit;
  };
  for (const Number& number : k_numbers)
    answer_number(number.name, number.value(counters));
  for (const Text& text : k_texts)
    answer_text(text.name, text.value());
  for (std::size_t i = 0; i < k_latency_names.size(); ++i)
    answer_number(k_latency_names[i].data(), counters.block_latency[i]);
  answer_number(OSSL_PROV_PARAM_STATUS, is_ready ? 1 : 0);
  // describe() gives literals, which end with a null character.
  answer_text(k_state, is_ready ? "ready" : source != nullptr ? entropy::describe(counters.latched).data() : refusal);
  return all_fit;
}

} // namespace kif::provider
