// SPDX-License-Identifier: Apache-2.0
#include "stores/jks.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "base/quote.h"
#include "text/utf8.h"

namespace kif::stores {
namespace {

constexpr std::string_view k_magic = "\xFE\xED\xFE\xED";
constexpr std::string_view k_jceks_magic = "\xCE\xCE\xCE\xCE";
constexpr std::size_t k_digest_bytes = 20; // SHA-1
constexpr std::uint32_t k_max_entries = 10'000;
constexpr std::uint32_t k_max_chain = 100;
constexpr std::string_view k_whitener = "Mighty Aphrodite"; // the JDK's own
constexpr const char* k_protection = "1.3.6.1.4.1.42.2.17.1.1";

Error damaged() {
  return {ErrorCode::invalid_input, "it is a damaged JKS file"};
}

/// Reads big-endian numbers and counted strings from the front.
class Fields {
public:
  explicit Fields(std::string_view content) : m_rest(content) {}

  std::optional<std::uint32_t> number(std::size_t bytes) {
    const auto digits = take(bytes);
    if (!digits)
      return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : *digits)
      value = value << 8U | static_cast<unsigned char>(c);
    return value;
  }
  std::optional<std::string_view> take(std::size_t bytes) {
    if (bytes > m_rest.size())
      return std::nullopt;
    const std::string_view taken = m_rest.substr(0, bytes);
    m_rest.remove_prefix(bytes);
    return taken;
  }
  std::optional<std::string_view> counted(std::size_t bytes_of_count) {
    const auto count = number(bytes_of_count);
    return count ? take(*count) : std::nullopt;
  }
  std::size_t left() const noexcept { return m_rest.size(); }

private:
  std::string_view m_rest;
};

/// Java's modified UTF-8 (java.io.DataInput): NUL in two bytes, each half of a surrogate pair in three.
std::optional<std::string> utf16_of(std::string_view name) {
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    const auto byte = [&](std::size_t i) {
      return at + i < name.size() ? static_cast<unsigned char>(name[at + i]) : 0U;
    };
    const std::size_t length = byte(0) >> 7U == 0 ? 1 : byte(0) >> 5U == 6 ? 2 : byte(0) >> 4U == 14 ? 3 : 0;
    if (length == 0)
      return std::nullopt;
    std::uint32_t unit = length == 1 ? byte(0) : byte(0) & (0x3FU >> (length - 1));
    for (std::size_t i = 1; i < length; ++i) {
      if (byte(i) >> 6U != 2)
        return std::nullopt;
      unit = unit << 6U | (byte(i) & 0x3FU);
    }
    out += {static_cast<char>(unit >> 8U), static_cast<char>(unit & 0xFFU)};
    at += length;
  }
  return out;
}

std::optional<std::string_view> certificate(Fields& fields, std::uint32_t version) {
  if (version == 2 && fields.counted(2) != "X.509")
    return std::nullopt;
  return fields.counted(4);
}

std::optional<JksEntry> entry(Fields& fields, std::uint32_t version) {
  const auto tag = fields.number(4);
  const auto name = fields.counted(2);
  if (!tag || !name || !fields.take(8)) // the date
    return std::nullopt;
  const auto utf16_name = utf16_of(*name);
  if (!utf16_name)
    return std::nullopt;
  JksEntry entry{.name = std::string(*name), .utf16_name = *utf16_name};
  std::uint32_t certificates = 1;
  if (tag == 1) {
    const auto key = fields.counted(4);
    const auto count = fields.number(4);
    if (!key || key->empty() || !count || *count > k_max_chain)
      return std::nullopt;
    entry.protected_key = *key;
    certificates = *count;
  } else if (tag != 2) {
    return std::nullopt;
  }
  for (std::uint32_t i = 0; i < certificates; ++i) {
    const auto one = certificate(fields, version);
    if (!one)
      return std::nullopt;
    entry.certificates.push_back(*one);
  }
  return entry;
}

/// The password, which is UTF-8, as the JDK's bytes: each of Java's characters as two, the high one first.
SecretString java_characters(const SecretString& password) {
  SecretString out;
  const auto put = [&](std::uint32_t unit) {
    const std::array<char, 2> bytes = {static_cast<char>(unit >> 8U), static_cast<char>(unit & 0xFFU)};
    out += std::string_view(bytes.data(), bytes.size());
  };
  for (std::string_view rest = password.view(); !rest.empty();) {
    const text::Character next = text::first_character(rest);
    const std::uint32_t code = next.value;
    rest.remove_prefix(std::max<std::size_t>(next.bytes, 1));
    if (code >= 0x10000) {
      put(0xD800U + ((code - 0x10000U) >> 10U));
      put(0xDC00U + ((code - 0x10000U) & 0x3FFU));
    } else {
      put(code);
    }
  }
  return out;
}

using Sha1 = std::array<unsigned char, k_digest_bytes>;

/// Where libcrypto refuses SHA-1 it is all zeros, and no password fits.
Sha1 sha1(std::initializer_list<std::string_view> parts) {
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  Sha1 value{};
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  bool is_done = context && EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr) == 1;
  for (const std::string_view part : parts)
    is_done = is_done && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  if (!is_done || EVP_DigestFinal_ex(context.get(), value.data(), nullptr) != 1)
    return Sha1{};
  return value;
}

std::string_view text_of(const Sha1& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// The protected octets of an EncryptedPrivateKeyInfo of the JDK's own algorithm.
std::optional<std::string> protected_octets(std::string_view der) {
  const auto* data = reinterpret_cast<const unsigned char*>(der.data());
  struct Free {
    void operator()(X509_SIG* value) const noexcept { X509_SIG_free(value); }
  };
  const std::unique_ptr<X509_SIG, Free> info(d2i_X509_SIG(nullptr, &data, static_cast<long>(der.size())));
  if (!info)
    return std::nullopt;
  const X509_ALGOR* algorithm = nullptr;
  const ASN1_OCTET_STRING* octets = nullptr;
  X509_SIG_get0(info.get(), &algorithm, &octets);
  const ASN1_OBJECT* identifier = nullptr;
  X509_ALGOR_get0(&identifier, nullptr, nullptr, algorithm);
  std::array<char, 64> name{};
  OBJ_obj2txt(name.data(), name.size(), identifier, 1);
  if (std::string_view(name.data()) != k_protection)
    return std::nullopt;
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(octets)),
                     static_cast<std::size_t>(ASN1_STRING_length(octets)));
}

} // namespace

bool is_jks(std::string_view content) noexcept {
  return content.starts_with(k_magic);
}
bool is_jceks(std::string_view content) noexcept {
  return content.starts_with(k_jceks_magic);
}

Result<JksFile> parse_jks(std::string_view content) {
  if (!is_jks(content) || content.size() < k_magic.size() + k_digest_bytes)
    return fail(damaged());
  JksFile file{.entries = {}, .digest_at = content.size() - k_digest_bytes};
  Fields fields(content.substr(k_magic.size(), file.digest_at - k_magic.size()));
  const auto version = fields.number(4);
  const auto count = fields.number(4);
  if (!version || (*version != 1 && *version != 2) || !count || *count > k_max_entries)
    return fail(damaged());
  for (std::uint32_t i = 0; i < *count; ++i) {
    auto one = entry(fields, *version);
    if (!one)
      return fail(damaged());
    file.entries.push_back(*std::move(one));
  }
  if (fields.left() != 0)
    return fail(damaged());
  return file;
}

bool is_password_of(std::string_view content, const JksFile& file, const SecretString& password) {
  return text_of(sha1({java_characters(password).view(), k_whitener, content.substr(0, file.digest_at)})) ==
         content.substr(file.digest_at);
}

Result<SecretString> key_of(const JksEntry& entry, const SecretString& password) {
  const auto octets = protected_octets(entry.protected_key);
  if (!octets || octets->size() <= 2 * k_digest_bytes)
    return fail(damaged());
  const SecretString characters = java_characters(password);
  const std::string_view salt = std::string_view(*octets).substr(0, k_digest_bytes);
  const std::string_view sealed = std::string_view(*octets).substr(k_digest_bytes, octets->size() - 2 * k_digest_bytes);
  const std::string_view expected = std::string_view(*octets).substr(octets->size() - k_digest_bytes);
  std::string plain;
  plain.reserve(sealed.size());
  Sha1 stream = sha1({characters.view(), salt});
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    if (i != 0 && i % k_digest_bytes == 0)
      stream = sha1({characters.view(), text_of(stream)});
    plain += static_cast<char>(static_cast<unsigned char>(sealed[i]) ^ stream[i % k_digest_bytes]);
  }
  wipe(std::as_writable_bytes(std::span(stream)));
  SecretString key = SecretString::take(std::move(plain));
  if (text_of(sha1({characters.view(), key.view()})) != expected)
    return fail(ErrorCode::invalid_input, "the key " + in_quotes(shortened(entry.name)) + " has another password");
  return key;
}

} // namespace kif::stores
