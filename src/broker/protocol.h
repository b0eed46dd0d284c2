// SPDX-License-Identifier: Apache-2.0
// What the broker of a container and its clients say to each other. Freestanding: it is read into every process.
// docs/design/0007-random-bytes.md has the reasons.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kif::broker {

/// getrandom() with these flags asks whether the catch-all answers this process: for no bytes, k_presence is the
/// result; for k_handshake_bytes, k_handshake_answer is written, where kif-init may write into the caller. Linux
/// refuses this and all flags below with EINVAL, since it knows no such flag.
inline constexpr unsigned k_handshake_flags = 0x4b49'4600U; // "KIF"
inline constexpr char k_handshake_answer[] = "kif catch-all 1";
inline constexpr std::size_t k_handshake_bytes = sizeof k_handshake_answer;
inline constexpr long k_presence = 0x4b49'4601;
/// getrandom() with these asks for bytes that the caller keeps for later requests. EINVAL, as Linux itself would say:
/// nothing is to be drawn ahead in this container.
inline constexpr unsigned k_ahead_flags = k_handshake_flags + 1;
/// getrandom(NULL, k_word_bytes, …) with these gives a word: that many bytes, the lowest first, as the call's result.
/// So it reaches callers whose memory is out of kif-init's reach. One byte less than a register, so that no word is an
/// error.
inline constexpr unsigned k_word_flags = k_handshake_flags + 2;
inline constexpr std::size_t k_word_bytes = 7;
/// getrandom(NULL, 0, …) with these asks whether this thread may make other system calls than getrandom: k_unconfined
/// where it has no seccomp filters but those that the application was started with, else k_confined.
inline constexpr unsigned k_filters_flags = k_handshake_flags + 3;
inline constexpr long k_confined = 0;
inline constexpr long k_unconfined = 1;

/// One request on a SOCK_SEQPACKET connection to address_of_container().
struct Request {
  std::uint32_t magic = k_request_magic;
  std::uint32_t kind = 0; ///< RequestKind
  std::uint64_t bytes = 0;

  static constexpr std::uint32_t k_request_magic = 0x4b49'4652; // "KIFR"
};

enum class RequestKind : std::uint32_t {
  bytes = 1,  ///< `bytes` bytes come back, in packets; a connection that ends before has failed. Then the next request
  stream = 2, ///< packets of k_stream_packet bytes without end: a stand-in for a random device
  ahead = 4,  ///< as `bytes`, for bytes that the client keeps for later. Where nothing is to be drawn ahead in this
              ///< container, one packet of one byte comes back
  probe = 5,  ///< one packet of one byte comes back: k_probe_served, after the DRBG has drawn a few bytes that are
              ///< thrown away, or k_probe_refused
  keep = 6, ///< one packet of one byte: 1, and the connection may stay for later requests; or 0, and it is to be closed
};

/// "No" is not "busy". A broker that has no bytes reads the request and then ends the connection: recv(2) gives 0. One
/// with too many clients ends it with the request unread: ECONNRESET. Only the second is to be asked again.

inline constexpr char k_probe_served = 'D';
inline constexpr char k_probe_refused = 'N';
/// What a probe draws.
inline constexpr std::size_t k_probe_bytes = 16;

/// Packets of a reply hold at most this.
inline constexpr std::size_t k_packet_bytes = std::size_t{32} * 1024;
/// A read from a SOCK_SEQPACKET socket throws away what it leaves of a packet, and is short where it asks for more.
/// What programs read from a random device is nearly always less than this.
inline constexpr std::size_t k_stream_packet_bytes = 512;

/// What the broker has done since it was started.
struct Counters {
  std::uint64_t catch_all_requests = 0; ///< getrandom calls answered
  std::uint64_t catch_all_bytes = 0;
  std::uint64_t catch_all_refused = 0; ///< answered with an error: the caller's memory out of reach, no generator
  std::uint64_t socket_requests = 0;
  std::uint64_t socket_bytes = 0;
  std::uint64_t socket_refused = 0; ///< connections from outside the container, malformed requests, over the bound, no
                                    ///< bytes to be had
  std::uint64_t streams = 0;        ///< device stand-ins opened
  std::uint64_t generator_starts = 0; ///< processes that held the DRBG; the second and later ones after a crash
  std::uint64_t drawn_bytes = 0;      ///< by the DRBG for all of these; more than was handed out is kept ahead
  std::uint64_t copies_noticed = 0;   ///< signs that this machine is a copy, at which all that was drawn ahead is void
  std::uint64_t draw_ahead = 0;       ///< 1: bytes are drawn ahead of requests; 0: KIF_DRAW_AHEAD=0
  std::uint64_t socket_busy = 0;      ///< connections over the bound of clients: closed, and to be tried again
};

} // namespace kif::broker
