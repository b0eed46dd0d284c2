// SPDX-License-Identifier: Apache-2.0
// Why kif-init does not start the application: one exit code for each reason (docs/kif-init.md has the table). They
// keep clear of 0, 1 and 2, which applications use, and of 126 and up, which say that a command was not run or that a
// signal ended it.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/result.h"

namespace kif::init {

enum class Failure : int {
  usage = 80,           ///< kif-init's own command line is wrong
  manifest = 81,        ///< the layer's manifest is missing, malformed or incomplete
  layer_files = 82,     ///< a file of the layer is missing, or differs from the manifest
  libcrypto = 83,       ///< the image has no libcrypto of OpenSSL 3 or 4 that can be used
  entropy_library = 84, ///< libjitterentropy.so.3 cannot be loaded, or is of a version that kif does not know
  entropy_health = 85,  ///< jitterentropy's health tests failed, or it repeats itself
  configuration = 86,   ///< OpenSSL's configuration is missing, malformed or not a FIPS one
  module = 87,          ///< the FIPS module does not load, or its self-tests failed
  seed_origin = 88,     ///< the random generator is not the module's, or its seeds are not CPU jitter
  unfinished = 89,      ///< the checks crashed, could not be started, or passed their time limit
  catch_all = 90,       ///< the catch-all was asked for and cannot be installed
  java = 91,            ///< the self-check of a Java runtime did not pass
  hardware_timer = 92,  ///< a timer of hardware was asked for, and an emulator runs this, or that cannot be told
  variable = 93,        ///< a variable of kif's has a value that is not allowed, or KIF_… is none of kif's
  random_bytes = 94,    ///< no random bytes are served any more, and KIF_ON_FAILURE=exit says to end then
};

inline constexpr std::array k_failures = {Failure::usage,          Failure::manifest,        Failure::layer_files,
                                          Failure::libcrypto,      Failure::entropy_library, Failure::entropy_health,
                                          Failure::configuration,  Failure::module,          Failure::seed_origin,
                                          Failure::unfinished,     Failure::catch_all,       Failure::java,
                                          Failure::hardware_timer, Failure::variable,        Failure::random_bytes};

/// The failure's name in JSON: "layer-files".
std::string_view to_string(Failure failure) noexcept;
constexpr int exit_code(Failure failure) noexcept {
  return static_cast<int>(failure);
}
/// Whether kif-init exits with `code` where it refuses a start. An application may end with it as well.
constexpr bool is_failure(int code) noexcept {
  return std::ranges::any_of(k_failures, [&](Failure failure) { return exit_code(failure) == code; });
}

/// A check that failed, and what it saw.
struct FailedCheck {
  Failure failure = Failure::unfinished;
  Error error;
};

template <class T> using Checked = tl::expected<T, FailedCheck>;

inline tl::unexpected<FailedCheck> refuse(Failure failure, Error error) {
  return tl::unexpected<FailedCheck>(FailedCheck{failure, std::move(error)});
}

} // namespace kif::init
