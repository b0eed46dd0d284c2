// SPDX-License-Identifier: Apache-2.0
#include "init/libcrypto_hash.h"

#include <array>
#include <string_view>

namespace kif::init {

Result<void> LibcryptoHash::start() {
  if (m_crypto.SHA256_Init(&m_state) != 1)
    return fail(ErrorCode::unsupported, "cannot compute SHA-256: " + m_crypto.error_text());
  return {};
}

Result<void> LibcryptoHash::update(std::span<const std::byte> bytes) {
  if (m_crypto.SHA256_Update(&m_state, bytes.data(), bytes.size()) != 1)
    return fail(ErrorCode::unsupported, "cannot compute SHA-256: " + m_crypto.error_text());
  return {};
}

Result<std::string> LibcryptoHash::finish() {
  constexpr std::string_view k_hex = "0123456789abcdef";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> value{};
  if (m_crypto.SHA256_Final(value.data(), &m_state) != 1)
    return fail(ErrorCode::unsupported, "cannot compute SHA-256: " + m_crypto.error_text());
  std::string hex;
  for (const unsigned char byte : value)
    hex += {k_hex[byte >> 4U], k_hex[byte & 15U]};
  return hex;
}

} // namespace kif::init
