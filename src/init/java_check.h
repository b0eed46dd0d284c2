// SPDX-License-Identifier: Apache-2.0
// The self-check of a Java image: each runtime that the layer serves is started once, with the options that the
// application's own JVM gets, and asks Bouncy Castle's module for its state (docs/java.md).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/process.h"
#include "init/failure.h"

namespace kif::init {

/// Where the layer keeps the folders of the image's runtimes, one a line. No such file: the image has no Java.
inline constexpr const char* k_java_runtimes = "/etc/kif/java-runtimes";

/// The checks of all runtimes, two at a time where there are two processors. They run while this process goes on with
/// its own.
class JavaChecks {
public:
  /// Starts them. What went wrong, finish() says.
  explicit JavaChecks(const std::string& runtimes = k_java_runtimes);

  /// Waits for them. What each runtime's check said, without its program's name: "ready: …". A runtime without a
  /// launcher, which only a program of its own can start, is said to be unchecked. Failure::java with the sentence of
  /// the first that is refused.
  Checked<std::vector<std::string>> finish();

private:
  struct Check {
    std::string home;
    Command command = {}; ///< without arguments: it has no launcher
    std::unique_ptr<ChildProcess> process = {};
  };

  Checked<void> start(Check& check);
  Checked<std::string> finish(Check& check);

  Checked<void> m_started; ///< what went wrong, with the list or with one of them
  std::vector<Check> m_checks;
  std::size_t m_next = 0; ///< the first that is not started
};

} // namespace kif::init
