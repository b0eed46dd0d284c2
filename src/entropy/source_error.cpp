// SPDX-License-Identifier: Apache-2.0
#include "entropy/source_error.h"

namespace kif::entropy {

std::string_view describe(SourceError error) noexcept {
  switch (error) {
  case SourceError::none:
    return "no error";
  case SourceError::repetition_count:
    return "repetition count test failed (SP 800-90B §4.4.1)";
  case SourceError::adaptive_proportion:
    return "adaptive proportion test failed (SP 800-90B §4.4.2)";
  case SourceError::lag_predictor:
    // The developer's own continuous test, in the terms of §4.5; its predictor is that of §6.3.8.
    return "lag predictor test failed (SP 800-90B §4.5)";
  case SourceError::repetition_count_memory:
    // As the lag predictor a test of the developer's own, by its names in jitterentropy.h.
    return "repetition count test with memory failed (SP 800-90B §4.5)";
  case SourceError::repetition_count_permanent:
    return "repetition count test failed permanently (SP 800-90B §4.4.1)";
  case SourceError::adaptive_proportion_permanent:
    return "adaptive proportion test failed permanently (SP 800-90B §4.4.2)";
  case SourceError::lag_predictor_permanent:
    return "lag predictor test failed permanently (SP 800-90B §4.5)";
  case SourceError::repetition_count_memory_permanent:
    return "repetition count test with memory failed permanently (SP 800-90B §4.5)";
  case SourceError::repetition_count_too_often:
    return "repetition count test failed too often for chance (SP 800-90B §4.4.1, §4.3)";
  case SourceError::adaptive_proportion_too_often:
    return "adaptive proportion test failed too often for chance (SP 800-90B §4.4.2, §4.3)";
  case SourceError::lag_predictor_too_often:
    return "lag predictor test failed too often for chance (SP 800-90B §4.5, §4.3)";
  case SourceError::repetition_count_memory_too_often:
    return "repetition count test with memory failed too often for chance (SP 800-90B §4.5, §4.3)";
  case SourceError::conditioning_self_test:
    return "known-answer test of the conditioning function failed (SP 800-90B §3.1.5)";
  case SourceError::status:
    return "jitterentropy's status is not that of a tested source: FIPS mode on, internal timer off, no failure";
  case SourceError::timer:
    return "timer cannot be used for reading the noise";
  case SourceError::misuse:
    return "jitterentropy was called without a collector";
  case SourceError::unknown_read_result:
    return "jitterentropy's read gave a result that its interface does not have";
  case SourceError::startup_no_timer:
    return "start-up test failed (SP 800-90B §4.2): there is no timer";
  case SourceError::startup_coarse_timer:
    return "start-up test failed (SP 800-90B §4.2): the timer is too coarse";
  case SourceError::startup_timer_not_monotonic:
    return "start-up test failed (SP 800-90B §4.2): the timer runs backwards";
  case SourceError::startup_small_variation:
    return "start-up test failed (SP 800-90B §4.2): the timer varies too little";
  case SourceError::startup_no_second_variation:
    return "start-up test failed (SP 800-90B §4.2): the timer's variation does not vary";
  case SourceError::startup_small_second_variation:
    return "start-up test failed (SP 800-90B §4.2): the timer's variation varies too little";
  case SourceError::startup_program_error:
    return "start-up test failed (SP 800-90B §4.2): jitterentropy reports a programming error";
  case SourceError::startup_stuck:
    return "start-up test failed (SP 800-90B §4.2): too many samples are stuck";
  case SourceError::startup_health:
    return "start-up test failed (SP 800-90B §4.2): adaptive proportion (§4.4.2) or lag predictor test (§4.5)";
  case SourceError::startup_repetition_count:
    return "start-up test failed (SP 800-90B §4.2): repetition count test (§4.4.1)";
  case SourceError::startup_hash_self_test:
    return "start-up test failed (SP 800-90B §4.2): known-answer test of the conditioning function (§3.1.5)";
  case SourceError::startup_out_of_memory:
    return "start-up test cannot run (SP 800-90B §4.2): out of memory";
  case SourceError::startup_gcd_self_test:
    return "start-up test failed (SP 800-90B §4.2): self-test of the timer's common divisor";
  case SourceError::startup_unknown_result:
    return "start-up test failed (SP 800-90B §4.2): with a result that jitterentropy's interface does not have";
  case SourceError::no_collector:
    return "jitterentropy cannot make a collector: out of memory, or of memory that may be locked";
  case SourceError::no_memory:
    return "the kernel gave no memory for the seed source";
  }
  return "unknown failure of the entropy source";
}

bool is_intermittent(SourceError error) noexcept {
  return error == SourceError::repetition_count || error == SourceError::adaptive_proportion ||
         error == SourceError::lag_predictor || error == SourceError::repetition_count_memory;
}

SourceError too_often(SourceError intermittent) noexcept {
  switch (intermittent) {
  case SourceError::repetition_count:
    return SourceError::repetition_count_too_often;
  case SourceError::adaptive_proportion:
    return SourceError::adaptive_proportion_too_often;
  case SourceError::lag_predictor:
    return SourceError::lag_predictor_too_often;
  case SourceError::repetition_count_memory:
    return SourceError::repetition_count_memory_too_often;
  default:
    return SourceError::unknown_read_result; // not called with others
  }
}

bool is_permanent(SourceError error) noexcept {
  switch (error) {
  case SourceError::none:
  case SourceError::startup_out_of_memory:
  case SourceError::no_collector:
  case SourceError::no_memory:
    return false;
  default:
    return !is_intermittent(error);
  }
}

} // namespace kif::entropy
