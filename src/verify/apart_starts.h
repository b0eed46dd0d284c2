// SPDX-License-Identifier: Apache-2.0
// Programs that OpenSSL gives another configuration than OPENSSL_CONF says: those with an empty environment, and those
// that gain rights when they are started, in which it ignores the variable (secure_getenv). Each is a start of the
// probe.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "verify/findings/finding.h"
#include "verify/live.h"
#include "verify/live_results.h"

namespace kif::verify {

/// With an empty environment, as a program with a file capability, as a set-user-id program.
///
/// The latter two are not essential: without root nobody can make such a program, and with an empty environment the
/// same libcrypto reads the same file.
std::vector<ApartStart> apart_starts();

/// The probe's file for that start: `probe` itself, or a copy that grants rights, in a folder of the runner's. An error
/// says why such a copy cannot be made here.
Result<std::filesystem::path> prepare_apart_start(const ApartStart& start, const std::filesystem::path& probe,
                                                  const watch::User& user, Runner& runner);

/// Environment and user of its container.
void set_up_apart_start(const ApartStart& start, watch::Container& container);

/// LIVE-DENY-EMPTY-ENVIRONMENT, LIVE-DENY-FILE-CAPABILITY, LIVE-DENY-SETUID: passes where every step does under both
/// denials.
Finding apart_start_finding(const ApartStart& start);

} // namespace kif::verify
