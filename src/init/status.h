// SPDX-License-Identifier: Apache-2.0
// What kif-init writes on stderr: lines for people, or one JSON object a line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/jitterentropy.h"
#include "init/failure.h"
#include "machine/machine.h"

namespace kif::init {

/// What of the broker works here.
struct RandomStatus {
  bool has_socket = false;
  std::string socket_reason; ///< why not
  bool has_catch_all = false;
  std::string catch_all_reason; ///< why not
  bool draws_ahead = true;      ///< false: KIF_DRAW_AHEAD=0
};

/// What the checks saw where all is well.
struct Ready {
  std::string module_title;   ///< "OpenSSL FIPS Provider"
  std::string module_version; ///< "3.5.9"
  unsigned self_tests = 0;    ///< self-tests of the module that ran and passed in this start
  std::string jitterentropy_version;
  jitterentropy::Settings settings = {};            ///< what it runs with
  bool has_shipped_source = false;                  ///< the library is one that kif knows; else its origin is a claim
  std::string libcrypto_version;                    ///< of the image: "3.0.22"; the newest of several
  std::string configuration;                        ///< the file that OpenSSL read
  std::string compat = {};                          ///< features that work though not approved, separated by commas
  std::string generator;                            ///< "CTR-DRBG"
  std::uint64_t seed_bytes = 0;                     ///< that CPU jitter gave for the first random bytes
  std::size_t files_verified = 0;                   ///< of the layer
  std::optional<RandomStatus> random = {};          ///< where a broker is started
  std::vector<std::string> further_libcryptos = {}; ///< versions of the others, of which the same was checked
  std::vector<std::string> java = {};               ///< what the self-check of each Java runtime said
  bool leaves_openssl_calls = false;                ///< KIF_OPENSSL_CALLS=untouched
  std::optional<machine::Machine> machine = {};     ///< what runs this, and what that means for the timer
};

enum class StatusFormat {
  text,
  json,  ///< schema 1; whatever is said
  quiet, ///< nothing where all is well; failures as text, a timer without an entropy claim, a source whose origin is
         ///< claimed only, what is not approved by choice
};

/// From the value of KIF_STATUS; null, empty and unknown values are `text`.
StatusFormat status_format(const char* value) noexcept;

/// The line for a good start, newline included; when quiet, what has to be said all the same.
std::string render(const Ready& ready, std::int64_t elapsed_ms, StatusFormat format);

/// Anything else that kif-init says. Its states: "not-run" (the command cannot be run), "stopped" (a signal ended the
/// container while the checks ran), "error" (a question to the broker was not answered), "failed" (random bytes are no
/// longer served).
struct Notice {
  std::string_view state;
  Error error;
  int exit_code = 0; ///< of the container; 0: it goes on
};

/// In text as Error::render() has it, for "stopped" the message alone.
std::string render(const Notice& notice, StatusFormat format);

/// The line (text: with expected, got and hint below it where there are any) for a start that is refused.
std::string render(const FailedCheck& failed, StatusFormat format);

} // namespace kif::init
