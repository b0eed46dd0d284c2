// SPDX-License-Identifier: Apache-2.0
// What the broker of a container and its clients say to each other. Freestanding: it is read into every process.
// docs/design/0007-random-bytes.md has the reasons.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kif::broker {

/// getrandom() with these flags asks whether the catch-all answers this process: then k_handshake_bytes of
/// k_handshake_answer come back. Linux refuses them with EINVAL, since it knows no such flag.
inline constexpr unsigned k_handshake_flags = 0x4b49'4600U; // "KIF"
inline constexpr char k_handshake_answer[] = "kif catch-all 1";
inline constexpr std::size_t k_handshake_bytes = sizeof k_handshake_answer;

/// One request on a SOCK_SEQPACKET connection to address_of_container().
struct Request {
  std::uint32_t magic = k_request_magic;
  std::uint32_t kind = 0; ///< RequestKind
  std::uint64_t bytes = 0;

  static constexpr std::uint32_t k_request_magic = 0x4b49'4652; // "KIFR"
};

enum class RequestKind : std::uint32_t {
  bytes = 1,    ///< `bytes` bytes come back, in packets; a connection that ends before has failed. Then the next request
  stream = 2,   ///< packets of k_stream_packet bytes without end: a stand-in for a random device
  counters = 3, ///< one packet: Counters
};

/// Packets of a reply hold at most this.
inline constexpr std::size_t k_packet_bytes = std::size_t{32} * 1024;
/// A read from a SOCK_SEQPACKET socket throws away what it leaves of a packet, and is short where it asks for more. What
/// programs read from a random device is nearly always less than this.
inline constexpr std::size_t k_stream_packet_bytes = 512;

/// What the broker has done since it was started.
struct Counters {
  std::uint64_t catch_all_requests = 0; ///< getrandom calls answered
  std::uint64_t catch_all_bytes = 0;
  std::uint64_t catch_all_refused = 0; ///< answered with an error: the caller's memory out of reach, no generator
  std::uint64_t socket_requests = 0;
  std::uint64_t socket_bytes = 0;
  std::uint64_t socket_refused = 0;  ///< connections from outside the container, malformed requests, over the bound
  std::uint64_t streams = 0;         ///< device stand-ins opened
  std::uint64_t generator_starts = 0; ///< processes that held the DRBG; the second and later ones after a crash
};

} // namespace kif::broker
