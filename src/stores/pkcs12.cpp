// SPDX-License-Identifier: Apache-2.0
#include "stores/pkcs12.h"

#include <algorithm>
#include <array>
#include <optional>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include "base/quote.h"
#include "stores/protection.h"

namespace kif::stores {
namespace {

constexpr std::size_t k_salt_bytes = 16;
constexpr int k_iterations = 10'000;
constexpr int k_max_bags = 10'000;
/// By which the JDK says that a certificate is trusted, with anyExtendedKeyUsage as its value.
constexpr const char* k_trusted = "2.16.840.1.113894.746875.1.1";

template <auto Function> struct Free {
  template <class T> void operator()(T* value) const noexcept { Function(value); }
};
using Pkcs12 = std::unique_ptr<PKCS12, Free<PKCS12_free>>;
using Bag = std::unique_ptr<PKCS12_SAFEBAG, Free<PKCS12_SAFEBAG_free>>;

struct FreeSafes {
  void operator()(STACK_OF(PKCS7) * safes) const noexcept { sk_PKCS7_pop_free(safes, PKCS7_free); }
};
using Safes = std::unique_ptr<STACK_OF(PKCS7), FreeSafes>;

Error damaged() {
  return {ErrorCode::invalid_input, "it is a damaged PKCS #12 file"};
}

std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "no reason given" : reason;
}

Pkcs12 parse(std::string_view content) {
  const auto* data = reinterpret_cast<const unsigned char*>(content.data());
  Pkcs12 file(d2i_PKCS12(nullptr, &data, static_cast<long>(content.size())));
  ERR_clear_error();
  return file;
}

std::string unapproved_key(STACK_OF(PKCS12_SAFEBAG) * bags) {
  for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); ++i) {
    const PKCS12_SAFEBAG* bag = sk_PKCS12_SAFEBAG_value(bags, i);
    if (PKCS12_SAFEBAG_get_nid(bag) != NID_pkcs8ShroudedKeyBag)
      continue;
    const X509_ALGOR* algorithm = nullptr;
    X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, nullptr);
    if (const std::string what = protection_of(algorithm).unapproved; !what.empty())
      return "is a PKCS #12 file with keys under " + what + ", which is not approved";
  }
  return {};
}

const X509_ALGOR* pbmac1_of(const PKCS12* file) {
  const X509_ALGOR* algorithm = nullptr;
  PKCS12_get0_mac(nullptr, &algorithm, nullptr, nullptr, file);
  const ASN1_OBJECT* identifier = nullptr;
  if (algorithm != nullptr)
    X509_ALGOR_get0(&identifier, nullptr, nullptr, algorithm);
  return identifier != nullptr && dotted(identifier) == k_pbmac1 ? algorithm : nullptr;
}

/// Of a MAC by the standard's own derivation.
long iterations_of_mac(const PKCS12* file) {
  const ASN1_INTEGER* iterations = nullptr;
  PKCS12_get0_mac(nullptr, nullptr, nullptr, &iterations, file);
  return iterations == nullptr ? 1 : ASN1_INTEGER_get(iterations);
}

/// How an encrypted part is; null: it is empty.
const X509_ALGOR* encryption_of(const PKCS7* safe) {
  const PKCS7_ENCRYPT* encrypted = safe->d.encrypted;
  return encrypted != nullptr && encrypted->enc_data != nullptr ? encrypted->enc_data->algorithm : nullptr;
}

/// A key's name, and the id by which its certificate is found, stay with what is made of it as they are. Null: they
/// cannot.
Bag with_attributes_of(const PKCS12_SAFEBAG* from, Bag made) {
  for (const int kind : {NID_friendlyName, NID_localKeyID}) {
    const ASN1_TYPE* value = PKCS12_SAFEBAG_get0_attr(from, kind);
    if (!made || value == nullptr)
      continue;
    const int type = ASN1_TYPE_get(value);
    if (type != V_ASN1_BMPSTRING && type != V_ASN1_UTF8STRING && type != V_ASN1_OCTET_STRING)
      return nullptr;
    const ASN1_STRING* text = value->value.asn1_string;
    if (PKCS12_add1_attr_by_NID(made.get(), kind, type, ASN1_STRING_get0_data(text), ASN1_STRING_length(text)) != 1)
      return nullptr;
  }
  return made;
}

/// Takes the bag, or says why it cannot.
Result<void> push(STACK_OF(PKCS12_SAFEBAG) * bags, Bag bag) {
  if (sk_PKCS12_SAFEBAG_num(bags) >= k_max_bags)
    return fail(ErrorCode::too_large, "it has more than " + std::to_string(k_max_bags) + " entries");
  if (sk_PKCS12_SAFEBAG_push(bags, bag.get()) <= 0)
    return fail(ErrorCode::internal, "cannot keep an entry: " + openssl_reason());
  (void)bag.release(); // the stack's
  return {};
}

Bag bag_of(PKCS8_PRIV_KEY_INFO* key) {
  if (key == nullptr)
    return nullptr;
  Bag bag(PKCS12_SAFEBAG_create0_p8inf(key));
  if (!bag)
    PKCS8_PRIV_KEY_INFO_free(key);
  return bag;
}

Bag copy_of(const PKCS12_SAFEBAG* bag) {
  unsigned char* der = nullptr;
  const int size = i2d_PKCS12_SAFEBAG(bag, &der);
  if (size <= 0)
    return nullptr;
  const unsigned char* data = der;
  Bag copy(d2i_PKCS12_SAFEBAG(nullptr, &data, size));
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  return copy;
}

/// The bag with its key in clear; a certificate's as it is. Null: it cannot be opened.
Bag opened(const PKCS12_SAFEBAG* bag, const SecretString& password) {
  if (PKCS12_SAFEBAG_get_nid(bag) != NID_pkcs8ShroudedKeyBag)
    return copy_of(bag);
  return with_attributes_of(
      bag, bag_of(PKCS12_decrypt_skey(bag, password.view().data(), static_cast<int>(password.view().size()))));
}

/// RC2 and others of old files. Where it is not there they are reported when they are met. libcrypto loads its default
/// provider by itself only as long as no other was asked for.
void load_legacy_ciphers() {
  static const bool is_loaded =
      OSSL_PROVIDER_load(nullptr, "default") != nullptr && OSSL_PROVIDER_load(nullptr, "legacy") != nullptr;
  (void)is_loaded;
  ERR_clear_error();
}

Result<void> open_bags(const STACK_OF(PKCS12_SAFEBAG) * from, const SecretString& password, Work& work,
                       STACK_OF(PKCS12_SAFEBAG) * to) {
  for (int i = 0; i < sk_PKCS12_SAFEBAG_num(from); ++i) {
    const PKCS12_SAFEBAG* bag = sk_PKCS12_SAFEBAG_value(from, i);
    const int kind = PKCS12_SAFEBAG_get_nid(bag);
    if (kind != NID_pkcs8ShroudedKeyBag && kind != NID_keyBag && kind != NID_certBag)
      return fail(ErrorCode::unsupported,
                  "it holds what is neither a key nor a certificate (" + dotted(PKCS12_SAFEBAG_get0_type(bag)) + ")");
    if (kind == NID_pkcs8ShroudedKeyBag) {
      const X509_ALGOR* algorithm = nullptr;
      X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, nullptr);
      KIF_CHECK(work.add(protection_of(algorithm).iterations));
    }
    Bag one = opened(bag, password);
    if (!one)
      return fail(ErrorCode::invalid_input,
                  "a key of it cannot be opened with the store's password: " + openssl_reason());
    KIF_CHECK(push(to, std::move(one)));
  }
  return {};
}

Bags new_bags() {
  return Bags(sk_PKCS12_SAFEBAG_new_null());
}

Bag certificate_bag(std::string_view der) {
  const auto* data = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<X509, Free<X509_free>> certificate(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
  return Bag(certificate ? PKCS12_SAFEBAG_create_cert(certificate.get()) : nullptr);
}

/// `name` is UTF-16, the high byte first.
bool add_name(PKCS12_SAFEBAG* bag, std::string_view name) {
  return PKCS12_add1_attr_by_NID(bag, NID_friendlyName, V_ASN1_BMPSTRING,
                                 reinterpret_cast<const unsigned char*>(name.data()),
                                 static_cast<int>(name.size())) == 1;
}

/// The attribute's own type has to be known to libcrypto by a number. From 3.2 on it is.
bool mark_as_trusted(PKCS12_SAFEBAG* bag) {
  static const int trusted = [] {
    const int known = OBJ_txt2nid(k_trusted);
    return known != NID_undef ? known : OBJ_create(k_trusted, "jdkTrustedKeyUsage", "JDK trusted key usage");
  }();
  ASN1_OBJECT* const any = OBJ_nid2obj(NID_anyExtendedKeyUsage);
  return trusted != NID_undef &&
         PKCS12_add1_attr_by_NID(bag, trusted, V_ASN1_OBJECT, reinterpret_cast<unsigned char*>(any), -1) == 1;
}

/// A key and its certificate are one entry by an id that both have.
bool add_id(PKCS12_SAFEBAG* bag, std::size_t number) {
  std::string id = "entry " + std::to_string(number);
  return PKCS12_add_localkeyid(bag, reinterpret_cast<unsigned char*>(id.data()), static_cast<int>(id.size())) == 1;
}

struct Derived {
  std::array<unsigned char, k_salt_bytes> salt{};
  std::array<unsigned char, 16> vector{};
};

/// A digest of the file that is converted, so that two files never have a pair in common. Without the password: what
/// anybody can compute of it would be a quicker way to try passwords than the file itself.
std::optional<Derived> derived(std::string_view seed, int number) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  const std::string message = "kif key store " + std::to_string(number) + ":" + std::string(seed);
  if (EVP_Digest(message.data(), message.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    return std::nullopt;
  Derived result;
  std::copy_n(digest.begin(), result.salt.size(), result.salt.begin());
  std::copy_n(digest.begin() + k_salt_bytes, result.vector.size(), result.vector.begin());
  return result;
}

/// A bag of the key under the password; null: libcrypto could not.
Bag protect(const PKCS12_SAFEBAG* bag, const SecretString& password, std::string_view seed, int number) {
  std::optional<Derived> made = derived(seed, number);
  if (!made)
    return nullptr;
  X509_ALGOR* const algorithm =
      PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), k_iterations, made->salt.data(), static_cast<int>(made->salt.size()),
                        made->vector.data(), NID_hmacWithSHA256);
  if (algorithm == nullptr)
    return nullptr;
  // Not const in libcrypto's interface, and not changed.
  auto* const key =
      const_cast<PKCS8_PRIV_KEY_INFO*>(PKCS12_SAFEBAG_get0_p8inf(bag)); // NOLINT(cppcoreguidelines-pro-type-const-cast)
  X509_SIG* const sealed =
      PKCS8_set0_pbe(password.view().data(), static_cast<int>(password.view().size()), key, algorithm);
  if (sealed == nullptr) {
    X509_ALGOR_free(algorithm);
    return nullptr;
  }
  Bag protected_bag(PKCS12_SAFEBAG_create0_pkcs8(sealed));
  if (!protected_bag)
    X509_SIG_free(sealed);
  return with_attributes_of(bag, std::move(protected_bag));
}

} // namespace

bool is_pkcs12(std::string_view content) {
  return parse(content) != nullptr;
}

std::string unapproved_protection(std::string_view content) {
  if (!content.starts_with('\x30')) // a SEQUENCE
    return {};
  const Pkcs12 file = parse(content);
  if (!file)
    return {};
  const Safes safes(PKCS12_unpack_authsafes(file.get()));
  std::string found;
  if (const X509_ALGOR* const mac = pbmac1_of(file.get()); mac != nullptr)
    if (const std::string what = protection_of(mac).unapproved; !what.empty())
      found = "is a PKCS #12 file with a MAC by " + what + ", which is not approved";
  for (int i = 0; found.empty() && i < sk_PKCS7_num(safes.get()); ++i) {
    PKCS7* const safe = sk_PKCS7_value(safes.get(), i);
    if (PKCS7_type_is_encrypted(safe)) {
      const X509_ALGOR* const encryption = encryption_of(safe);
      if (const std::string what = encryption == nullptr ? "" : protection_of(encryption).unapproved; !what.empty())
        found = "is a PKCS #12 file with certificates under " + what + ", which is not approved";
    } else if (PKCS7_type_is_data(safe)) {
      const Bags bags(PKCS12_unpack_p7data(safe));
      found = unapproved_key(bags.get());
    }
  }
  ERR_clear_error();
  return found;
}

Result<Bags> open_pkcs12(std::string_view content, const SecretString& password) {
  load_legacy_ciphers();
  const Pkcs12 file = parse(content);
  if (!file)
    return fail(ErrorCode::invalid_input, "it is no key store that kif knows: neither JKS nor PKCS #12");
  const int length = static_cast<int>(password.view().size());
  Work work;
  // Older libcryptos cannot check PBMAC1. A wrong password is told by the keys.
  if (PKCS12_mac_present(file.get()) == 1 && pbmac1_of(file.get()) == nullptr) {
    KIF_CHECK(work.add(iterations_of_mac(file.get())));
    if (PKCS12_verify_mac(file.get(), password.view().data(), length) != 1)
      return fail(ErrorCode::invalid_input, "the password is another, or it is damaged");
  }
  const Safes safes(PKCS12_unpack_authsafes(file.get()));
  if (!safes)
    return fail(damaged());
  Bags all = new_bags();
  for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i) {
    PKCS7* const safe = sk_PKCS7_value(safes.get(), i);
    const bool is_encrypted = PKCS7_type_is_encrypted(safe);
    if (is_encrypted) {
      const X509_ALGOR* const encryption = encryption_of(safe);
      if (encryption == nullptr)
        return fail(damaged());
      KIF_CHECK(work.add(protection_of(encryption).iterations));
    }
    const Bags bags(is_encrypted ? PKCS12_unpack_p7encdata(safe, password.view().data(), length)
                                 : PKCS12_unpack_p7data(safe));
    if (!bags)
      return fail(ErrorCode::unsupported,
                  "a part of it cannot be opened with this machine's OpenSSL: " + openssl_reason());
    KIF_CHECK(open_bags(bags.get(), password, work, all.get()));
  }
  return all;
}

Result<Bags> bags_of(const JksFile& file, const SecretString& password) {
  Bags bags = new_bags();
  for (std::size_t number = 0; number < file.entries.size(); ++number) {
    const JksEntry& entry = file.entries[number];
    const bool is_key = !entry.protected_key.empty();
    if (is_key) {
      KIF_TRY(const SecretString der, key_of(entry, password));
      const auto* data = reinterpret_cast<const unsigned char*>(der.view().data());
      Bag bag = bag_of(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &data, static_cast<long>(der.view().size())));
      if (!bag || !add_name(bag.get(), entry.utf16_name) || !add_id(bag.get(), number))
        return fail(ErrorCode::invalid_input, "the key " + in_quotes(entry.name) + " is damaged: " + openssl_reason());
      KIF_CHECK(push(bags.get(), std::move(bag)));
    }
    for (std::size_t i = 0; i < entry.certificates.size(); ++i) {
      Bag bag = certificate_bag(entry.certificates[i]);
      const bool is_done = bag && (i != 0 || add_name(bag.get(), entry.utf16_name)) &&
                           (i != 0 || !is_key || add_id(bag.get(), number)) && (is_key || mark_as_trusted(bag.get()));
      if (!is_done)
        return fail(ErrorCode::invalid_input,
                    "a certificate of " + in_quotes(entry.name) + " is damaged: " + openssl_reason());
      KIF_CHECK(push(bags.get(), std::move(bag)));
    }
  }
  return bags;
}

Result<std::string> write_pkcs12(Bags bags, const SecretString& password, std::string_view seed) {
  Bags written = new_bags();
  for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags.get()); ++i) {
    const PKCS12_SAFEBAG* bag = sk_PKCS12_SAFEBAG_value(bags.get(), i);
    Bag one = PKCS12_SAFEBAG_get_nid(bag) == NID_keyBag ? protect(bag, password, seed, i) : copy_of(bag);
    if (!one)
      return fail(ErrorCode::internal, "cannot write a key: " + openssl_reason());
    KIF_CHECK(push(written.get(), std::move(one)));
  }
  const Safes safes(sk_PKCS7_new_null());
  PKCS7* const safe = safes ? PKCS12_pack_p7data(written.get()) : nullptr;
  const bool is_kept = safe != nullptr && sk_PKCS7_push(safes.get(), safe) > 0;
  if (!is_kept)
    PKCS7_free(safe);
  const Pkcs12 file(is_kept ? PKCS12_add_safes(safes.get(), 0) : nullptr);
  unsigned char* der = nullptr;
  const int size = file ? i2d_PKCS12(file.get(), &der) : -1;
  if (size <= 0)
    return fail(ErrorCode::internal, "cannot write a PKCS #12 file: " + openssl_reason());
  std::string content(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return content;
}

} // namespace kif::stores
