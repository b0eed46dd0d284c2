// SPDX-License-Identifier: Apache-2.0
// Digests as OCI writes them (image-spec, descriptor.md, "Digests"), computed and checked while content streams by.
// A room of its own, apart from base/, because it links libcrypto, which nothing that runs inside an image may.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/reader.h"
#include "base/result.h"

namespace kif {

/// "sha256:" and 64 lower-case hex digits. Other algorithms are refused: nothing that kif reads uses them.
class Digest {
public:
  static constexpr std::size_t k_bytes = 32;

  static Result<Digest> parse(std::string_view text);
  static Digest of(std::span<const std::byte> bytes);
  static Digest of(std::string_view text) { return of(std::as_bytes(std::span(text))); }
  explicit Digest(const std::array<std::uint8_t, k_bytes>& value) : m_value(value) {}

  std::string hex() const;
  std::string text() const { return "sha256:" + hex(); }

  friend auto operator<=>(const Digest&, const Digest&) = default;

private:
  std::array<std::uint8_t, k_bytes> m_value;
};

/// SHA-256 in pieces (FIPS 180-4), by libcrypto. finish() once, then no more.
class Sha256 {
public:
  Sha256();
  void update(std::span<const std::byte> bytes);
  Digest finish();

private:
  struct Free {
    void operator()(void* context) const noexcept;
  };
  std::unique_ptr<void, Free> m_context;
};

/// SHA-256 of a file's content, streamed.
Result<Digest> digest_of_file(const std::string& path);

/// Passes its source through while hashing it. At the end of the stream the size and the digest must be the expected ones, else
/// digest_mismatch with both; a source longer than `size` fails at the first byte too many.
/// What was read before the end is not verified yet: act on it only after the end was seen.
class VerifiedReader final : public Reader {
public:
  VerifiedReader(std::unique_ptr<Reader> source, Digest expected, std::uint64_t size, std::string name)
      : m_source(std::move(source)), m_expected(expected), m_size(size), m_name(std::move(name)) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override;

private:
  std::unique_ptr<Reader> m_source;
  Digest m_expected;
  std::uint64_t m_size;
  std::uint64_t m_seen = 0;
  bool m_verified = false;
  std::string m_name;
  Sha256 m_hash;
};

} // namespace kif

template <> struct std::hash<kif::Digest> {
  std::size_t operator()(const kif::Digest& digest) const noexcept {
    return std::hash<std::string>()(digest.hex());
  }
};
