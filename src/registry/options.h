// SPDX-License-Identifier: Apache-2.0
// How images are read from registries: what a user may choose, and the bounds that a registry is held to.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kif::oci {

/// How far one blob has come.
struct FetchProgress {
  std::string_view what; ///< "layer 2 of docker://h/x:t"
  std::uint64_t bytes = 0;
  std::uint64_t total = 0;
};

struct RegistryBounds {
  std::size_t max_requests = 1000; ///< for one opened image, all of its blobs and attachments together
  unsigned max_attempts = 5;       ///< of one request, the first among them
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(15);
  /// A transfer that brings less than `min_bytes_per_second` on average over this time has stalled.
  std::chrono::milliseconds stall_timeout = std::chrono::seconds(30);
  std::uint64_t min_bytes_per_second = 128;
  std::chrono::milliseconds first_delay = std::chrono::milliseconds(500); ///< before the second attempt; then doubled
  std::chrono::milliseconds longest_delay = std::chrono::seconds(60);     ///< Retry-After may ask for as much
  std::chrono::milliseconds document_time = std::chrono::seconds(60);     ///< for one manifest, list or token
  std::chrono::milliseconds documents_time = std::chrono::seconds(600);   ///< for all of them of one opened image
  /// For one blob: `blob_time`, and as much as it takes at `min_blob_speed`.
  std::chrono::milliseconds blob_time = std::chrono::seconds(60);
  std::uint64_t min_blob_speed = std::uint64_t{64} * 1024;
  std::chrono::milliseconds max_pauses = std::chrono::seconds(120); ///< between attempts, of one opened image together
};

struct RegistryOptions {
  /// false: any certificate will do, and plain HTTP is tried where there is no TLS. Plain HTTP is tried on loopback
  /// hosts in any case.
  bool verify_tls = true;
  std::optional<std::filesystem::path> cache = {}; ///< none: $XDG_CACHE_HOME/kif/blobs, ~/.cache/kif/blobs
  std::function<void(const FetchProgress&)> progress =
      {};                                            ///< called by one thread at a time, ten times a second or less
  std::function<void(const std::string&)> warn = {}; ///< something that kif goes on without
  RegistryBounds bounds = {};
};

} // namespace kif::oci
