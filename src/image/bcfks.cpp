// SPDX-License-Identifier: Apache-2.0
#include "image/bcfks.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <set>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "digest/digest.h"

namespace kif::image {
namespace {

constexpr std::string_view k_begin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view k_end = "-----END CERTIFICATE-----";

// DER (X.690): tag, length, content.
constexpr char k_integer = 0x02;
constexpr char k_octet_string = 0x04;
constexpr char k_null = 0x05;
constexpr char k_object_identifier = 0x06;
constexpr char k_utf8_string = 0x0c;
constexpr char k_generalized_time = 0x18;
constexpr char k_sequence = 0x30;

std::string der(char tag, std::string_view content) {
  std::string length;
  if (content.size() < 0x80) {
    length.push_back(static_cast<char>(content.size()));
  } else {
    std::string digits;
    for (std::size_t rest = content.size(); rest != 0; rest >>= 8U)
      digits.insert(digits.begin(), static_cast<char>(rest & 0xffU));
    length.push_back(static_cast<char>(0x80U | digits.size()));
    length += digits;
  }
  return std::string(1, tag) + length + std::string(content);
}

std::string integer(std::uint32_t value) {
  std::string digits;
  for (; value != 0 || digits.empty(); value >>= 8U)
    digits.insert(digits.begin(), static_cast<char>(value & 0xffU));
  if ((static_cast<unsigned char>(digits.front()) & 0x80U) != 0)
    digits.insert(digits.begin(), '\0'); // else it would be negative
  return der(k_integer, digits);
}

// RFC 8018, appendix C: hmacWithSHA512 is 1.2.840.113549.2.11, PBKDF2 is 1.2.840.113549.1.5.12.
constexpr std::string_view k_hmac_sha512 = "\x2a\x86\x48\x86\xf7\x0d\x02\x0b";
constexpr std::string_view k_pbkdf2 = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";

std::string hmac_sha512_identifier() {
  return der(k_sequence, der(k_object_identifier, k_hmac_sha512) + der(k_null, ""));
}

// SP 800-132 §5.2 asks for 1000 at least. More would cost every start of a JVM and protect nothing: the password is
// public.
constexpr std::uint32_t k_iterations = 1024;
constexpr std::size_t k_key_bytes = SHA512_DIGEST_LENGTH;
// No time of this machine: the store must be the same wherever it is made.
constexpr std::string_view k_time = "19700101000000Z";

std::string sha512(std::string_view text) {
  std::string digest(SHA512_DIGEST_LENGTH, '\0');
  unsigned int length = 0;
  if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), &length, EVP_sha512(),
                 nullptr) != 1)
    std::abort(); // libcrypto without SHA-512, or no memory
  return digest;
}

// Bouncy Castle's rule for the integrity key: PBKDF2 over the password, then the purpose, both as PKCS #12 writes
// passwords (RFC 7292, appendix B.1: UTF-16, big-endian, with a zero at the end).
std::string integrity_key(const std::string& salt) {
  std::string password;
  for (const std::string_view text : {k_trust_store_password, std::string_view("INTEGRITY_CHECK")}) {
    for (const char letter : text)
      password += {'\0', letter};
    password += {'\0', '\0'};
  }
  std::string key(k_key_bytes, '\0');
  if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                        reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()),
                        static_cast<int>(k_iterations), EVP_sha512(), static_cast<int>(key.size()),
                        reinterpret_cast<unsigned char*>(key.data())) != 1)
    std::abort();
  return key;
}

std::string hmac_sha512(const std::string& key, std::string_view text) {
  std::string mac(SHA512_DIGEST_LENGTH, '\0');
  unsigned int length = 0;
  if (HMAC(EVP_sha512(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
           text.size(), reinterpret_cast<unsigned char*>(mac.data()), &length) == nullptr)
    std::abort();
  return mac;
}

// The base64 between two lines of a PEM file; empty where it is damaged.
std::string decode_base64(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char letter) { return letter != '\n' && letter != '\r' && letter != ' ' && letter != '\t'; });
  if (digits.empty() || digits.size() % 4 != 0)
    return {};
  std::string bytes(digits.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(digits.data()), static_cast<int>(digits.size())) < 0)
    return {};
  const auto padding = static_cast<std::size_t>(std::count(digits.end() - 2, digits.end(), '='));
  bytes.resize(bytes.size() - padding);
  return bytes;
}

} // namespace

Result<std::vector<std::string>> read_pem_bundle(std::string_view pem, const std::string& name) {
  std::vector<std::string> certificates;
  std::set<std::string> seen;
  std::size_t number = 0;
  for (std::size_t at = pem.find(k_begin); at != std::string_view::npos; at = pem.find(k_begin, at)) {
    at += k_begin.size();
    ++number;
    const std::size_t end = pem.find(k_end, at);
    std::string certificate = end == std::string_view::npos ? std::string() : decode_base64(pem.substr(at, end - at));
    if (certificate.empty() || certificate.front() != k_sequence)
      return fail(ErrorCode::invalid_input,
                  "cannot read certificate " + std::to_string(number) + " of " + name + ": it is damaged or cut off");
    if (seen.insert(certificate).second)
      certificates.push_back(std::move(certificate));
  }
  return certificates;
}

std::string bcfks_trust_store(const std::vector<std::string>& certificates) {
  const std::string time = der(k_generalized_time, k_time);
  std::string entries;
  for (const std::string& certificate : certificates)
    entries += der(k_sequence, integer(0) + der(k_utf8_string, Digest::of(certificate).hex()) + time + time +
                                   der(k_octet_string, certificate));
  const std::string data =
      der(k_sequence, integer(1) + hmac_sha512_identifier() + time + time + der(k_sequence, entries));

  const std::string salt = sha512(data);
  const std::string derivation = der(
      k_sequence, der(k_object_identifier, k_pbkdf2) +
                      der(k_sequence, der(k_octet_string, salt) + integer(k_iterations) +
                                          integer(static_cast<std::uint32_t>(k_key_bytes)) + hmac_sha512_identifier()));
  const std::string mac = hmac_sha512(integrity_key(salt), data);
  return der(k_sequence, data + der(k_sequence, hmac_sha512_identifier() + derivation + der(k_octet_string, mac)));
}

} // namespace kif::image
