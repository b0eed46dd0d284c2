// SPDX-License-Identifier: Apache-2.0
// The major versions of OpenSSL that kif serves, and what their libraries are called.
#pragma once

#include <array>
#include <string_view>

namespace kif {

struct OpensslMajor {
  unsigned number;
  const char* libcrypto; ///< DT_SONAME, by which programs need it
  const char* libssl;
};

/// Newest first: the order in which kif takes one if an image has several. 2 was never released. A later one is added
/// after it was tried: what kif stands on (the seed upcalls of core_dispatch.h, `[random] seed`) is not in OpenSSL's
/// promise of a stable API (openssl.org, "Release Strategy": a new major version may break it).
inline constexpr std::array<OpensslMajor, 2> k_openssl_majors = {
    {{4, "libcrypto.so.4", "libssl.so.4"}, {3, "libcrypto.so.3", "libssl.so.3"}}};

/// The one that a version belongs to ("3.5.9" to 3); null: none of these.
constexpr const OpensslMajor* known_major(std::string_view version) {
  for (const OpensslMajor& major : k_openssl_majors)
    if (version.size() > 1 && version[0] == static_cast<char>('0' + major.number) && version[1] == '.')
      return &major;
  return nullptr;
}

/// For texts.
inline constexpr const char* k_openssl_majors_text = "OpenSSL 3 and 4";

} // namespace kif
