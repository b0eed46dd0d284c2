// SPDX-License-Identifier: Apache-2.0
// The self-check of a Java image: each runtime that the layer serves is started once, with the options that the
// application's own JVM gets, and asks Bouncy Castle's module for its state (docs/java.md).
#pragma once

#include <string>
#include <vector>

#include "init/failure.h"

namespace kif::init {

/// Where the layer keeps the folders of the image's runtimes, one a line. No such file: the image has no Java.
inline constexpr const char* k_java_runtimes = "/etc/kif/java-runtimes";

/// What each runtime's check said, without its program's name: "ready: …". A runtime without a launcher, which only a
/// program of its own can start, is said to be unchecked. Failure::java with the sentence of the first that is refused.
Checked<std::vector<std::string>> check_java(const std::string& runtimes = k_java_runtimes);

} // namespace kif::init
