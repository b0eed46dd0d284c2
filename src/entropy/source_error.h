// SPDX-License-Identifier: Apache-2.0
// Why the entropy source gave no bytes. One value for each way in which jitterentropy can fail, and for each failure of
// what is around it, so that an error message can name the health test. A small enum and not kif::Error: it must cross
// noexcept functions that may not allocate.
#pragma once

#include <cstdint>
#include <string_view>

namespace kif::entropy {

enum class SourceError : std::uint8_t {
  none = 0,

  // Continuous health tests, intermittent: jent_read_entropy −2, −3, −5, −9. False alarms are expected at 2^-30 a test
  // (jitterentropy's alpha; the lag predictor's is 2^-22): after the start-up test a fresh collector is tried.
  repetition_count,
  adaptive_proportion,
  lag_predictor,
  repetition_count_memory, ///< from 3.7 on

  // Continuous health tests, permanent: jent_read_entropy −6, −7, −8, −10 (alpha squared). Latched.
  repetition_count_permanent,
  adaptive_proportion_permanent,
  lag_predictor_permanent,
  repetition_count_memory_permanent,

  // Intermittent failures more often than chance gives them (failure_window.h); the test is the last one that failed.
  // Latched.
  repetition_count_too_often,
  adaptive_proportion_too_often,
  lag_predictor_too_often,
  repetition_count_memory_too_often,

  // The known-answer tests of the conditioning function, on demand: jent_selftest, jent_read_entropy −11. Latched.
  conditioning_self_test,
  // jent_status of a new collector does not say what SP 800-90B claims rest on. Latched.
  status,

  // jent_read_entropy −4, −1, and whatever is not in its contract. Latched.
  timer,
  misuse,
  unknown_read_result,

  // Start-up test: jent_entropy_init_ex 1 to 13, in that order, and whatever is not in its contract. Latched, but for
  // out of memory.
  startup_no_timer,
  startup_coarse_timer,
  startup_timer_not_monotonic,
  startup_small_variation,
  startup_no_second_variation,
  startup_small_second_variation,
  startup_program_error,
  startup_stuck,
  startup_health,
  startup_repetition_count,
  startup_hash_self_test,
  startup_out_of_memory,
  startup_gcd_self_test,
  startup_unknown_result,

  // jent_entropy_collector_alloc gave none: no memory, or (3.7.1) none that may be locked. Not a verdict on the source,
  // so not latched.
  no_collector,
  // The kernel gave no memory for the source's own state when it was made.
  no_memory,
};

/// One clause, lower case, naming the health test and its section of SP 800-90B: "repetition count test failed (SP
/// 800-90B §4.4.1)". Static storage, ended by a zero.
std::string_view describe(SourceError error) noexcept;

/// A continuous test at its lower cutoff: worth another try with a fresh collector.
bool is_intermittent(SourceError error) noexcept;

/// The verdict on a source that fails this continuous test, intermittently, more often than chance.
SourceError too_often(SourceError intermittent) noexcept;

/// A verdict on the source: this process and its children get no byte any more.
bool is_permanent(SourceError error) noexcept;

} // namespace kif::entropy
