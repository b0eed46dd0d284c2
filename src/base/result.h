// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value, or the Error that says why there is none. Expected failures travel this way; exceptions are for
// bad_alloc and bugs.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace kif {

/// What kind of failure it is. Callers branch on this, never on the text.
enum class ErrorCode {
  invalid_input,   ///< content that breaks its format's rules
  not_found,       ///< a file, tag or entry that is not there
  digest_mismatch, ///< content that is not what its digest or size says
  too_large,       ///< content over a bound that kif sets
  unsupported,     ///< well-formed, but not something kif can work on
  conflict,        ///< the target exists or disagrees
  denied,          ///< the system refused for lack of permission
  io,              ///< a system call failed
  process,         ///< a child process could not be run, or failed
  timeout,         ///< a bound in time was passed
  entropy,         ///< the entropy source failed; there is no other source
  internal,        ///< a bug in kif
};

/// Name of a code as it stands in JSON output.
std::string_view to_string(ErrorCode code) noexcept;

/// One failure. `message` is lower case without a full stop; context is put in front of it on the way up:
/// "cannot verify layer 2 of oci-archive:app.tar: digest mismatch".
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  std::string expected; ///< empty, or what was wanted
  std::string got;      ///< empty, or what was met
  std::string hint;     ///< empty, or the next step

  Error() = default;
  Error(ErrorCode error_code, std::string text) : code(error_code), message(std::move(text)) {}

  Error&& with_context(std::string_view context) &&;
  Error&& with_mismatch(std::string expected_text, std::string got_text) &&;
  Error&& with_hint(std::string text) &&;

  /// The error as people read it: "kif: error: …" and the indented expected, got and hint lines, each ended by a newline.
  std::string render(std::string_view program) const;
};

/// `errno` as an Error: "cannot open /x: No such file or directory". ENOENT and ENOTDIR give not_found, EACCES and EPERM denied,
/// all else io.
Error system_error(int errno_value, std::string_view what);

template <class T> class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
  using tl::expected<T, Error>::expected;
};

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error(code, std::move(message)));
}

} // namespace kif

#define KIF_CONCAT_INNER(a, b) a##b
#define KIF_CONCAT(a, b) KIF_CONCAT_INNER(a, b)

/// KIF_TRY(auto value, expression): the value of a Result, or return its Error from the function around.
#define KIF_TRY(declaration, expression) KIF_TRY_INNER(KIF_CONCAT(kif_try_, __LINE__), declaration, expression)
#define KIF_TRY_INNER(name, declaration, expression)                                                                   \
  auto name = (expression);                                                                                            \
  if (!name)                                                                                                           \
    return ::kif::fail(std::move(name).error());                                                                       \
  declaration = *std::move(name)

/// KIF_CHECK(expression): go on if the Result<void> is good, else return its Error.
#define KIF_CHECK(expression)                                                                                          \
  do {                                                                                                                 \
    if (auto kif_check = (expression); !kif_check)                                                                     \
      return ::kif::fail(std::move(kif_check).error());                                                                \
  } while (false)
