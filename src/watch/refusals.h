// SPDX-License-Identifier: Apache-2.0
// What a container's programs asked OpenSSL or Java's security providers for and did not get, and who asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "text/page.h"
#include "watch/container.h"
#include "watch/event.h"

namespace kif::watch {

/// An error of OpenSSL as it was raised (ERR_raise(3)). Text from the container, bounded.
struct RaisedError {
  static constexpr int k_java = -1; ///< not OpenSSL's: no provider of Java's list has it; `text` is "MessageDigest MD5"
  int library = 0;                  ///< ERR_LIB_…
  int reason = 0;                   ///< ERR_R_…, or one of the library's own
  std::string text;

  friend bool operator==(const RaisedError&, const RaisedError&) = default;
};

/// Alike ones together: the same program asked for the same thing by the same way.
struct Refusal {
  Event first; ///< time, process and callers of the first one; what it asked the kernel for means nothing
  RaisedError error;
  std::uint64_t count = 1;
};

struct Refusals {
  static constexpr std::size_t k_max = 2000;       ///< of different ones
  static constexpr std::size_t k_max_watched = 64; ///< files

  bool started = false;             ///< the container's program was traced from its start
  std::vector<std::string> watched; ///< paths in the container: files whose OpenSSL was watched
  std::uint64_t dropped = 0;        ///< refusals over the bound: counted, not kept
  std::string failure;              ///< empty, or why not all was seen
  std::vector<Refusal> all;
};

/// Whether an error of OpenSSL 3 or 4 says that an algorithm or an operation is not offered.
bool is_refusal(const RaisedError& error) noexcept;

/// What a format of printf's kind takes, in order. `next` gives an integer or an address, or none where it cannot be
/// read; `text` the text at an address, at most that many bytes of it.
struct FormatArguments {
  std::function<std::optional<std::uint64_t>()> next;
  std::function<std::string(std::uint64_t address, std::size_t max_bytes)> text;
};

/// The format with its arguments put in, of at most k_max_error_bytes. It ends with "…" where a conversion is unknown.
inline constexpr std::size_t k_max_error_bytes = 400;
std::string formatted(std::string_view format, const FormatArguments& arguments);

/// "digest MD5", "cipher CHACHA20-POLY1305 with provider=legacy", or the error's own words. The kind is that of the
/// fetching function among the callers, which must have their symbols.
std::string asked_for(const Refusal& refusal);

/// Why it was refused: "no provider offers it", "kif-refuse", or OpenSSL's words for the reason.
std::string reason_of(const RaisedError& error);

/// Whether OpenSSL itself asked, to see what there is: a new TLS context looks for every algorithm that TLS knows. What
/// it does not find it leaves out. It is told apart and not hidden: a stale address among the callers can fool it.
bool is_own_look(const Refusal& refusal) noexcept;

/// "libcrypto.so.3 EVP_MD_fetch < app", as describe_callers(), without OpenSSL's error functions in front. In a program
/// with OpenSSL inside the function that called it is named after it.
std::string describe_askers(const std::vector<Frame>& callers);

/// The same of a request; of one to Java's providers their frames: "java.base java.security.MessageDigest.getInstance <
/// app.jar com.example.Main.hash".
std::string who_asked(const Refusal& refusal);

/// Fills in the symbols, and puts together what is alike by them.
void finish_refusals(Refusals& refusals, const Container& container);

text::Page render_refusals(const Refusals& refusals);
nlohmann::ordered_json to_json(const Refusals& refusals);

} // namespace kif::watch
