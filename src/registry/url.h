// SPDX-License-Identifier: Apache-2.0
// URLs of http and https, taken apart by libcurl: what is checked here is what it will connect to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kif::oci {

struct Url {
  std::string scheme; ///< "http" or "https"
  std::string host;   ///< lower case; an IPv6 address in brackets
  std::uint16_t port = 0;
  std::string target; ///< path and query, from the first / on

  /// An absolute URL without user and password; its fragment is dropped. `what` names it in errors.
  static Result<Url> parse(const std::string& text, const std::string& what);
  /// What `reference`, absolute or relative, means seen from this URL (RFC 3986 §5).
  Result<Url> resolve(const std::string& reference, const std::string& what) const;

  std::string text() const;
  /// "h.example", "127.0.0.1:5000": without the scheme's own port.
  std::string authority() const;
  bool has_origin_of(const Url& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
  /// localhost, 127.0.0.0/8 or ::1: no packet of it leaves the machine. libcurl resolves localhost by itself.
  bool is_loopback() const;
};

/// `text` for a place in a query (RFC 3986 §2.1).
std::string percent_encoded(std::string_view text);

} // namespace kif::oci
