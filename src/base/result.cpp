// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <cerrno>
#include <system_error>

namespace kif {

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
  case ErrorCode::invalid_input: return "invalid_input";
  case ErrorCode::not_found: return "not_found";
  case ErrorCode::digest_mismatch: return "digest_mismatch";
  case ErrorCode::too_large: return "too_large";
  case ErrorCode::unsupported: return "unsupported";
  case ErrorCode::conflict: return "conflict";
  case ErrorCode::denied: return "denied";
  case ErrorCode::io: return "io";
  case ErrorCode::process: return "process";
  case ErrorCode::timeout: return "timeout";
  case ErrorCode::entropy: return "entropy";
  case ErrorCode::internal: return "internal";
  }
  return "internal";
}

Error&& Error::with_context(std::string_view context) && {
  message = std::string(context) + ": " + message;
  return std::move(*this);
}

Error&& Error::with_mismatch(std::string expected_text, std::string got_text) && {
  expected = std::move(expected_text);
  got = std::move(got_text);
  return std::move(*this);
}

Error&& Error::with_hint(std::string text) && {
  hint = std::move(text);
  return std::move(*this);
}

std::string Error::render(std::string_view program) const {
  std::string text = std::string(program) + ": error: " + message + "\n";
  if (!expected.empty())
    text += "  expected: " + expected + "\n";
  if (!got.empty())
    text += "  got:      " + got + "\n";
  if (!hint.empty())
    text += "  hint: " + hint + "\n";
  return text;
}

Error system_error(int errno_value, std::string_view what) {
  ErrorCode code = ErrorCode::io;
  if (errno_value == ENOENT || errno_value == ENOTDIR)
    code = ErrorCode::not_found;
  else if (errno_value == EACCES || errno_value == EPERM)
    code = ErrorCode::denied;
  return {code, std::string(what) + ": " + std::generic_category().message(errno_value)};
}

} // namespace kif
