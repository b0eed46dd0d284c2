// SPDX-License-Identifier: Apache-2.0
// What a traced container asked the kernel's randomness for, and whether that was a use that matters.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace kif::watch {

/// Where the kernel hands out randomness.
enum class Source {
  getrandom,   ///< the system call
  random,      ///< /dev/random, character device 1:8
  urandom,     ///< /dev/urandom, 1:9
  hwrng,       ///< /dev/hwrng, 10:183
  random_uuid, ///< /proc/sys/kernel/random/uuid: 122 random bits for each read
  kernel_rng,  ///< an AF_ALG socket of type "rng" (crypto/algif_rng.c)
};
std::string_view to_string(Source source) noexcept;

enum class Act {
  call, ///< getrandom
  open, ///< a file opened, an AF_ALG socket bound; no byte has moved yet
  read, ///< read, pread64, readv, preadv, preadv2, sendfile or splice from an open file
};
std::string_view to_string(Act act) noexcept;

/// A place in a process's mapped files. `file` is the path inside the container, "[vdso]" or "[anonymous]".
struct Frame {
  std::string file;
  std::uint64_t offset = 0;  ///< in the file; in the mapping where there is no file
  std::string symbol = {};   ///< the exported function around it; empty where the file exports none there
  bool symbols_read = false; ///< the file's table was read: an empty symbol says that no exported function stands there

  friend bool operator==(const Frame&, const Frame&) = default;
};

struct Event {
  std::chrono::nanoseconds time{0}; ///< since the container's program was started
  int pid = 0;                      ///< of the process, as the host counts
  int tid = 0;                      ///< of the thread
  std::string process;              ///< its name (comm)
  std::string executable;           ///< path inside the container
  Act act = Act::call;
  Source source = Source::getrandom;
  std::uint64_t bytes = 0; ///< asked for; the call is let go on, so what it gave is not seen
  std::uint32_t flags = 0; ///< getrandom's; open's for an open file
  /// The instruction that made the call, then the return addresses found above it on the stack, nearest first. What is
  /// above the first is found by scanning, not by unwinding: a stale address can stand among them.
  std::vector<Frame> callers;
  std::string own_libc = {}; ///< of a call like malloc's: the libc.so.6 of the process's loader; empty: it is not known
  bool is_repeated = false;  ///< a call like malloc's, and not the first of its process since that was executed
};

/// "GRND_NONBLOCK|GRND_INSECURE", "0" for none, unknown bits in hex.
std::string getrandom_flags(std::uint32_t flags);

/// "libc.so.6 getrandom < libcrypto.so.3 RAND_bytes_ex < openssl": each file once, nearest first, with the function
/// that was entered.
std::string describe_callers(const std::vector<Frame>& callers);

/// Whether a call is one that malloc makes by what it asks for: 8 bytes with GRND_NONBLOCK.
bool is_like_mallocs(const Event& event) noexcept;

/// Why an event is no use of randomness that security rests on, or none: then it is one.
/// There are two. glibc's malloc (malloc/malloc.c, tcache_key_initialize): 8 bytes with GRND_NONBLOCK once per process,
/// a mark by which free() notices double frees. glibc calls the kernel for it directly, so nothing can take its place.
/// It must be the glibc that the process was started with, and the process's first such call. `callers` must have their
/// symbols: a program's own getrandom(…, 8, GRND_NONBLOCK) passes through the exported function. And kif's own question
/// whether the catch-all is there: flags for which the kernel gives no byte.
std::optional<std::string_view> no_security_use(const Event& event) noexcept;

/// Whether no_security_use() would need names that could not be read: of a call like malloc's no caller is known, or
/// libc's functions are not, or whether it is the process's own libc. Then it shows neither that security rests on it,
/// nor that it does not.
bool is_undecided(const Event& event) noexcept;

/// One event as JSON; docs/verify.md names the members.
nlohmann::ordered_json to_json(const Event& event);

} // namespace kif::watch
