// SPDX-License-Identifier: Apache-2.0
// What the image's own openssl command must be able to do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "verify/live.h"
#include "verify/live_results.h"

namespace kif::verify {

struct OpensslJob {
  std::string_view id;
  std::string_view title;
  std::vector<std::string> arguments; ///< empty: the TLS job, which is several commands
};
const std::vector<OpensslJob>& openssl_jobs();

/// Where a program is found by the PATH of the image, or empty.
std::string find_in_image(const Subject& subject, const std::string& program);

/// Runs one job. `container` has the image's environment and user, and the way's mode; it gets the arguments, and a
/// folder to work in.
OpensslRun run_openssl_job(const OpensslJob& job, const std::string& openssl, const watch::Container& container,
                           Runner& runner);

} // namespace kif::verify
