// SPDX-License-Identifier: Apache-2.0
// The one line that kif-init writes on stderr.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "init/failure.h"
#include "machine/machine.h"

namespace kif::init {

/// What of the broker works here.
struct RandomStatus {
  bool has_socket = false;
  std::string socket_reason; ///< why not
  bool has_catch_all = false;
  std::string catch_all_reason; ///< why not
};

/// What the checks saw where all is well.
struct Ready {
  std::string module_title;   ///< "OpenSSL FIPS Provider"
  std::string module_version; ///< "3.5.9"
  unsigned self_tests = 0;    ///< self-tests of the module that ran and passed in this start
  std::string jitterentropy_version;
  std::string libcrypto_version;                ///< of the image: "3.0.22"
  std::string configuration;                    ///< the file that OpenSSL read
  std::string generator;                        ///< "CTR-DRBG"
  std::uint64_t seed_bytes = 0;                 ///< that CPU jitter gave for the first random bytes
  std::size_t files_verified = 0;               ///< of the layer
  std::optional<RandomStatus> random = {};      ///< where a broker is started
  std::vector<std::string> java = {};           ///< what the self-check of each Java runtime said
  std::optional<machine::Machine> machine = {}; ///< what runs this, and what that means for the timer
};

enum class StatusFormat {
  text,
  json,  ///< schema 1; for failures too
  quiet, ///< nothing where all is well; failures as text, and a timer without an entropy claim
};

/// From the value of KIF_STATUS; null, empty and unknown values are `text`.
StatusFormat status_format(const char* value) noexcept;

/// The line for a good start, newline included; empty when quiet, unless there is no entropy claim.
std::string render(const Ready& ready, std::int64_t elapsed_ms, StatusFormat format);

/// The line (text: with expected, got and hint below it where there are any) for a start that is refused.
std::string render(const FailedCheck& failed, StatusFormat format);

} // namespace kif::init
