// SPDX-License-Identifier: Apache-2.0
#include "entropy/jitter_results.h"

#include <jitterentropy.h>

#include "entropy/noise_source.h"

namespace kif::entropy {

SourceError from_init_result(int result) noexcept {
  switch (result) {
  case 0:
    return SourceError::none;
  case ENOTIME:
    return SourceError::startup_no_timer;
  case ECOARSETIME:
    return SourceError::startup_coarse_timer;
  case ENOMONOTONIC:
    return SourceError::startup_timer_not_monotonic;
  case EMINVARIATION:
    return SourceError::startup_small_variation;
  case EVARVAR:
    return SourceError::startup_no_second_variation;
  case EMINVARVAR:
    return SourceError::startup_small_second_variation;
  case EPROGERR:
    return SourceError::startup_program_error;
  case ESTUCK:
    return SourceError::startup_stuck;
  case EHEALTH:
    return SourceError::startup_health;
  case ERCT:
    return SourceError::startup_repetition_count;
  case EHASH:
    return SourceError::startup_hash_self_test;
  case EMEM:
    return SourceError::startup_out_of_memory;
  case EGCD:
    return SourceError::startup_gcd_self_test;
  default:
    return SourceError::startup_unknown_result;
  }
}

// The numbers stand in jitterentropy(3) and above jent_read_entropy; headers before 3.7.1 have no names for them
// (JENT_ERR_…).
SourceError from_read_result(ssize_t result) noexcept {
  switch (result) {
  case static_cast<ssize_t>(k_block_bytes):
    return SourceError::none;
  case -1:
    return SourceError::misuse;
  case -2:
    return SourceError::repetition_count;
  case -3:
    return SourceError::adaptive_proportion;
  case -4:
    return SourceError::timer;
  case -5:
    return SourceError::lag_predictor;
  case -6:
    return SourceError::repetition_count_permanent;
  case -7:
    return SourceError::adaptive_proportion_permanent;
  case -8: // no release up to 3.7.0 gives it; 3.7.1 does
    return SourceError::lag_predictor_permanent;
  case -9: // this one and the next from 3.7.0 on
    return SourceError::repetition_count_memory;
  case -10:
    return SourceError::repetition_count_memory_permanent;
  case -11: // from 3.7.1 on
    return SourceError::conditioning_self_test;
  default:
    return SourceError::unknown_read_result;
  }
}

namespace {

/// The value of the first `"key":` in `json`; empty where there is none. What jent_status gives is written by
/// jitterentropy line by line; nothing of it is text from elsewhere, so no reader of JSON is needed.
std::string_view value_of(std::string_view json, std::string_view key) noexcept {
  std::size_t at = json.find(key);
  if (at == std::string_view::npos)
    return {};
  at = json.find_first_not_of(" \t:", at + key.size());
  return at == std::string_view::npos ? std::string_view() : json.substr(at);
}

bool is_anywhere_true(std::string_view json, std::string_view key) noexcept {
  for (std::size_t at = json.find(key); at != std::string_view::npos; at = json.find(key, at + 1))
    if (value_of(json.substr(at), key).starts_with("true"))
      return true;
  return false;
}

} // namespace

bool is_good_status(std::string_view json) noexcept {
  return value_of(json, "\"fipsMode\"").starts_with("true") &&
         value_of(json, "\"internalTimer\"").starts_with("false") &&
         json.find("\"healthFailure\"") != std::string_view::npos && !is_anywhere_true(json, "\"intermittent\"") &&
         !is_anywhere_true(json, "\"permanent\"");
}

} // namespace kif::entropy
