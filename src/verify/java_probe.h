// SPDX-License-Identifier: Apache-2.0
// The Java runtimes of an image: a probe of the verifying machine's is run in each, and what it says becomes findings.
// It is judged positively, step by step: a JVM that is refused the kernel's randomness seeds itself from the timing of
// threads and says nothing (docs/design/0009-java.md).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "verify/live_results.h"
#include "verify/subject.h"

namespace kif::verify {

/// Each is started twice. Where there are more, the findings say that it could not be checked.
inline constexpr std::size_t k_max_javas = 8;

/// The runtimes to probe: those with the layer's providers. One without a launcher (an application that brings its JVM
/// as a library) has its defect set.
std::vector<JavaStart> java_starts(const Subject& subject);

/// `classes`: the folder of the probe's classes on this machine. Not through kif-init, as engines start programs beside
/// it; but where the image leaves it to kif-init to give its JVMs the layer's options, since JAVA_TOOL_OPTIONS has
/// others, through it.
void set_up_java_probe(const Subject& subject, const JavaStart& start, const std::filesystem::path& classes,
                       watch::Container& container);

/// LIVE-JAVA-START and LIVE-JAVA-<STEP>, over all runtimes; none for an image without one. What the layer says that it
/// works by choice ("java-sun" of its compat) is no failure.
std::vector<Finding> java_findings(const LiveResults& results);

} // namespace kif::verify
