// SPDX-License-Identifier: Apache-2.0
#include "digest/digest.h"

#include <new>
#include <stdexcept>
#include <vector>

#include <fcntl.h>
#include <openssl/evp.h>

namespace kif {
namespace {

constexpr std::string_view k_prefix = "sha256:";

EVP_MD_CTX* context_of(void* pointer) { return static_cast<EVP_MD_CTX*>(pointer); }

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'a' && digit <= 'f')
    return digit - 'a' + 10;
  return -1;
}

void must(int succeeded) {
  if (succeeded != 1)
    throw std::runtime_error("libcrypto cannot compute SHA-256");
}

} // namespace

Result<Digest> Digest::parse(std::string_view text) {
  const auto refuse = [&] {
    return fail(Error(ErrorCode::invalid_input, "not a digest that kif knows")
                    .with_mismatch("sha256: and 64 lower-case hex digits", std::string(text.substr(0, 200))));
  };
  if (!text.starts_with(k_prefix) || text.size() != k_prefix.size() + 2 * k_bytes)
    return refuse();
  std::array<std::uint8_t, k_bytes> value{};
  for (std::size_t i = 0; i < k_bytes; ++i) {
    const int high = hex_value(text[k_prefix.size() + 2 * i]);
    const int low = hex_value(text[k_prefix.size() + 2 * i + 1]);
    if (high < 0 || low < 0)
      return refuse();
    value[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return Digest(value);
}

Digest Digest::of(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::string Digest::hex() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * k_bytes);
  for (const std::uint8_t byte : m_value) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

void Sha256::Free::operator()(void* context) const noexcept { EVP_MD_CTX_free(context_of(context)); }

Sha256::Sha256() : m_context(EVP_MD_CTX_new()) {
  if (!m_context)
    throw std::bad_alloc();
  must(EVP_DigestInit_ex(context_of(m_context.get()), EVP_sha256(), nullptr));
}

void Sha256::update(std::span<const std::byte> bytes) {
  must(EVP_DigestUpdate(context_of(m_context.get()), bytes.data(), bytes.size()));
}

Digest Sha256::finish() {
  std::array<std::uint8_t, Digest::k_bytes> value{};
  must(EVP_DigestFinal_ex(context_of(m_context.get()), value.data(), nullptr));
  return Digest(value);
}

Result<Digest> digest_of_file(const std::string& path) {
  KIF_TRY(UniqueFd fd, open_file(path, O_RDONLY));
  FdReader reader(std::move(fd), path);
  Sha256 hash;
  std::vector<std::byte> buffer(128 * 1024);
  for (;;) {
    KIF_TRY(const std::size_t count, reader.read(buffer));
    if (count == 0)
      return hash.finish();
    hash.update(std::span(buffer).first(count));
  }
}

Result<std::size_t> VerifiedReader::read(std::span<std::byte> buffer) {
  KIF_TRY(const std::size_t count, m_source->read(buffer));
  if (count == 0) {
    if (m_verified)
      return count;
    if (m_seen != m_size)
      return fail(Error(ErrorCode::digest_mismatch, "cannot verify " + m_name + ": size mismatch")
                      .with_mismatch(std::to_string(m_size) + " bytes", std::to_string(m_seen) + " bytes"));
    if (const Digest got = m_hash.finish(); got != m_expected)
      return fail(Error(ErrorCode::digest_mismatch, "cannot verify " + m_name + ": digest mismatch")
                      .with_mismatch(m_expected.text(), got.text()));
    m_verified = true;
    return count;
  }
  if (count > m_size - m_seen)
    return fail(Error(ErrorCode::digest_mismatch, "cannot verify " + m_name + ": size mismatch")
                    .with_mismatch(std::to_string(m_size) + " bytes", "more"));
  m_seen += count;
  m_hash.update(buffer.first(count));
  return count;
}

} // namespace kif
