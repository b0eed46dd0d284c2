// SPDX-License-Identifier: Apache-2.0
// Why kif-init does not start the application: one exit code for each reason (docs/kif-init.md has the table). They
// keep clear of 0, 1 and 2, which applications use, and of 126 and up, which say that a command was not run or that a
// signal ended it.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/result.h"

namespace kif::init {

enum class Failure : int {
  usage = 80,           ///< kif-init's own command line or one of its variables is wrong
  manifest = 81,        ///< the layer's manifest is missing, malformed or incomplete
  layer_files = 82,     ///< a file of the layer is missing, or differs from the manifest
  libcrypto = 83,       ///< the image has no libcrypto.so.3 that can be used
  entropy_library = 84, ///< libjitterentropy.so.3 cannot be loaded
  entropy_health = 85,  ///< jitterentropy's start-up or continuous health tests failed
  configuration = 86,   ///< OpenSSL's configuration is missing, malformed or not a FIPS one
  module = 87,          ///< the FIPS module does not load, or its self-tests failed
  seed_origin = 88,     ///< the random generator is not the module's, or its seeds are not CPU jitter
  unfinished = 89,      ///< the checks crashed, could not be started, or passed their time limit
  catch_all = 90,       ///< the catch-all was asked for and cannot be installed
  java = 91,            ///< the self-check of a Java runtime did not pass
  hardware_timer = 92,  ///< a timer of hardware was asked for, and an emulator runs this, or that cannot be told
};

inline constexpr std::array k_failures = {Failure::usage,         Failure::manifest,        Failure::layer_files,
                                          Failure::libcrypto,     Failure::entropy_library, Failure::entropy_health,
                                          Failure::configuration, Failure::module,          Failure::seed_origin,
                                          Failure::unfinished,    Failure::catch_all,       Failure::java,
                                          Failure::hardware_timer};

/// The failure's name in JSON: "layer-files".
std::string_view to_string(Failure failure) noexcept;
constexpr int exit_code(Failure failure) noexcept {
  return static_cast<int>(failure);
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
