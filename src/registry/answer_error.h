// SPDX-License-Identifier: Apache-2.0
// What people read when a registry does not answer, or answers with something else than what was asked for.
#pragma once

#include <string>

#include "base/result.h"
#include "registry/http.h"
#include "registry/request_sender.h"

namespace kif::oci {

/// Who was asked, and as whom.
struct Asked {
  std::string what;          ///< "the manifest of docker://h/x:t"
  std::string host;          ///< of the registry, as it was named: what `skopeo login` takes
  std::string repository;    ///< "library/alpine"
  std::string missing;       ///< for 404, what is missing: "tag \"t\" in a/b"
  std::string credentials;   ///< where they are from; empty: there were none
  std::string withheld_from; ///< the host of another domain that did not get them; empty: there was none
};

/// The connection failed, `attempts` times.
Error failure_error(const std::string& what, const Url& url, const HttpError& failure, unsigned attempts);

/// The answer has a status that is no success. Reads the registry's own message from its body, bounded.
/// denied: 401, 403; not_found: 404; io: 429 and all others.
Error answer_error(const Asked& asked, SendResponse& answer);

} // namespace kif::oci
