// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.h"

namespace kif::cli {

ExitCode exit_code_of(ErrorCode code) noexcept {
  switch (code) {
  case ErrorCode::invalid_input:
  case ErrorCode::digest_mismatch:
  case ErrorCode::too_large:
  case ErrorCode::unsupported:
  case ErrorCode::conflict:
    return ExitCode::bad;
  case ErrorCode::not_found:
  case ErrorCode::denied:
  case ErrorCode::io:
  case ErrorCode::process:
  case ErrorCode::timeout:
  case ErrorCode::entropy:
    return ExitCode::could_not_check;
  case ErrorCode::internal:
    return ExitCode::internal_fault;
  }
  return ExitCode::internal_fault;
}

} // namespace kif::cli
