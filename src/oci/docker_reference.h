// SPDX-License-Identifier: Apache-2.0
// References of Docker (distribution/reference): [HOST/]NAME[:TAG][@DIGEST], and what short ones stand for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "digest/digest.h"

namespace kif::oci {

/// "alpine" is docker.io/library/alpine:latest. A digest decides alone what is meant; a tag beside it is only kept.
struct DockerReference {
  std::string host;       ///< "docker.io", "127.0.0.1:5000", "[::1]:5000"
  std::string repository; ///< "library/alpine"
  std::string tag;        ///< empty where only a digest was given
  std::optional<Digest> digest;

  /// invalid_input where it is none.
  static Result<DockerReference> parse(std::string_view text);
  /// Whole: "docker.io/library/alpine:latest".
  std::string text() const;

  friend bool operator==(const DockerReference&, const DockerReference&) = default;
};

/// "app" → "docker.io/library/app:latest", "host:5000/a/b:1" → itself: the one form in which docker's references are
/// compared. No digests.
Result<std::string> normalize_docker_reference(std::string_view text);

} // namespace kif::oci
