// SPDX-License-Identifier: Apache-2.0
#include "stores/key_store.h"

#include <filesystem>
#include <memory>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pkcs12.h>

#include "base/file.h"

namespace kif::stores {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const SecretString k_password("changeit");

std::string store(const std::string& name) {
  return read_file(std::filesystem::path(KIF_STORES) / name, k_max_store_bytes).value();
}

struct Opened {
  int keys = 0;
  int certificates = 0;
  int named = 0;
};

/// By libcrypto: the keys that the password opens, the certificates, and how many of both have a name.
Opened open(const std::string& content, const char* password = "changeit") {
  const auto* data = reinterpret_cast<const unsigned char*>(content.data());
  PKCS12* file = d2i_PKCS12(nullptr, &data, static_cast<long>(content.size()));
  STACK_OF(PKCS7)* safes = PKCS12_unpack_authsafes(file);
  STACK_OF(PKCS12_SAFEBAG)* bags = PKCS12_unpack_p7data(sk_PKCS7_value(safes, 0));
  Opened opened;
  for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); ++i) {
    PKCS12_SAFEBAG* bag = sk_PKCS12_SAFEBAG_value(bags, i);
    char* name = PKCS12_get_friendlyname(bag);
    opened.named += name != nullptr ? 1 : 0;
    OPENSSL_free(name);
    opened.certificates += PKCS12_SAFEBAG_get_nid(bag) == NID_certBag ? 1 : 0;
    if (PKCS12_SAFEBAG_get_nid(bag) == NID_pkcs8ShroudedKeyBag) {
      PKCS8_PRIV_KEY_INFO* key = PKCS12_decrypt_skey(bag, password, -1);
      opened.keys += key != nullptr ? 1 : 0;
      PKCS8_PRIV_KEY_INFO_free(key);
    }
  }
  sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
  sk_PKCS7_pop_free(safes, PKCS7_free);
  PKCS12_free(file);
  return opened;
}

TEST(KeyStore, WhatJavaRefusesIsNamed) {
  EXPECT_EQ(refusal_of(store("jks-key")), "is a JKS file with private keys, whose protection is not approved");
  EXPECT_EQ(refusal_of(store("jceks")), "is a JCEKS file, whose protection is not approved");
  EXPECT_THAT(refusal_of(store("p12-legacy")), StartsWith("is a PKCS #12 file with "));
  EXPECT_THAT(refusal_of(store("p12-legacy")), HasSubstr("pbeWithSHA1And"));
  EXPECT_EQ(refusal_of(store("p12-3des-without-mac")),
            "is a PKCS #12 file with keys under pbeWithSHA1And3-KeyTripleDES-CBC, which is not approved");
  EXPECT_THAT(refusal_of(store("p12-salt-of-8")), HasSubstr("PBKDF2 with a salt of 8 bytes"));
}

TEST(KeyStore, WhatItReadsIsNot) {
  EXPECT_EQ(refusal_of(store("jks-trusted")), "");
  EXPECT_EQ(refusal_of(store("p12-aes")), "");
  EXPECT_EQ(refusal_of(""), "");
  EXPECT_EQ(refusal_of("-----BEGIN CERTIFICATE-----"), "");
  EXPECT_EQ(refusal_of(store("p12-legacy").substr(0, 400)), "") << "damaged";
  EXPECT_EQ(refusal_of(store("jks-key").substr(0, 100)), "") << "damaged";
}

TEST(KeyStore, IsConverted) {
  const std::pair<const char*, int> stores[] = {{"jks-key", 1},    {"jks-key-and-trusted", 2},  {"p12-legacy", 1},
                                                {"p12-aes", 1},    {"p12-3des-without-mac", 1}, {"p12-salt-of-8", 1},
                                                {"jks-trusted", 1}};
  for (const auto& [name, certificates] : stores) {
    const auto made = converted(store(name), k_password);
    ASSERT_TRUE(made) << name << ": " << made.error().message;
    EXPECT_EQ(refusal_of(*made), "") << name;
    const Opened opened = open(*made);
    const int keys = std::string_view(name) == "jks-trusted" ? 0 : 1;
    EXPECT_EQ(opened.keys, keys) << name;
    EXPECT_EQ(opened.certificates, certificates) << name;
    EXPECT_EQ(opened.named, keys + certificates) << name;
    EXPECT_EQ(open(*made, "another").keys, 0) << name;
    EXPECT_EQ(converted(store(name), k_password).value(), *made) << name << ": the same bytes each time";
  }
}

TEST(KeyStore, ChainsNamesAndTheMarkOfTrustStay) {
  const std::string made = converted(store("jks-two-keys-and-chain"), k_password).value();
  // Two keys, one of them with an issuer's certificate, whose bag has no name; and one that is trusted.
  const Opened opened = open(made);
  EXPECT_EQ(opened.keys, 2);
  EXPECT_EQ(opened.certificates, 4);
  EXPECT_EQ(opened.named, 5);
  const std::string trusted("\x06\x0c\x60\x86\x48\x01\x86\xf9\x66\xad\xca\x7b\x01\x01",
                            14); // 2.16.840.1.113894.746875.1.1
  EXPECT_NE(made.find(trusted), std::string::npos);
  EXPECT_NE(made.find(std::string("\0\xfc\0n\0\xef", 6)), std::string::npos) << "a name with letters beyond ASCII";
}

TEST(KeyStore, TheKeyIsTheSame) {
  const auto key = [](const std::string& content) {
    const auto* data = reinterpret_cast<const unsigned char*>(content.data());
    PKCS12* file = d2i_PKCS12(nullptr, &data, static_cast<long>(content.size()));
    STACK_OF(PKCS7)* safes = PKCS12_unpack_authsafes(file);
    std::string der;
    for (int i = 0; i < sk_PKCS7_num(safes); ++i) {
      PKCS7* safe = sk_PKCS7_value(safes, i);
      STACK_OF(PKCS12_SAFEBAG)* bags = PKCS7_type_is_encrypted(safe) ? nullptr : PKCS12_unpack_p7data(safe);
      for (int j = 0; j < sk_PKCS12_SAFEBAG_num(bags); ++j)
        if (PKCS12_SAFEBAG_get_nid(sk_PKCS12_SAFEBAG_value(bags, j)) == NID_pkcs8ShroudedKeyBag) {
          PKCS8_PRIV_KEY_INFO* info = PKCS12_decrypt_skey(sk_PKCS12_SAFEBAG_value(bags, j), "changeit", -1);
          unsigned char* bytes = nullptr;
          const int size = i2d_PKCS8_PRIV_KEY_INFO(info, &bytes);
          der.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(std::max(size, 0)));
          OPENSSL_free(bytes);
          PKCS8_PRIV_KEY_INFO_free(info);
        }
      sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    }
    sk_PKCS7_pop_free(safes, PKCS7_free);
    PKCS12_free(file);
    return der;
  };
  const std::string expected = key(store("p12-aes"));
  ASSERT_FALSE(expected.empty());
  for (const char* name : {"jks-key", "p12-legacy", "p12-3des-without-mac", "p12-salt-of-8", "p12-aes"})
    EXPECT_EQ(key(converted(store(name), k_password).value()), expected) << name;
}

TEST(KeyStore, APasswordThatIsNotUtf8IsRefused) {
  EXPECT_EQ(converted(store("jks-key"), SecretString("caf\xe9")).error().message,
            "its password is not UTF-8, and Java would take it for another");
}

TEST(KeyStore, TooMuchWorkIsRefused) {
  std::string content = store("p12-salt-of-8");
  // The iterations of the MAC are the end of the file: 2048 as an INTEGER of two bytes.
  const std::string two_thousand("\x02\x02\x08\x00", 4);
  ASSERT_TRUE(content.ends_with(two_thousand));
  EXPECT_FALSE(refusal_of(content).empty());
  content.replace(content.size() - 2, 2, std::string("\x80\x00", 2)); // a negative number
  EXPECT_EQ(converted(content, k_password).error().code, ErrorCode::too_large);
}

TEST(KeyStore, NoTwoHaveASaltInCommon) {
  const std::string one = converted(store("jks-key"), k_password).value();
  const std::string other = converted(store("jks-key-and-trusted"), k_password).value();
  // The salt stands behind PBKDF2's identifier, 1.2.840.113549.1.5.12.
  const std::string pbkdf2 = "\x2A\x86\x48\x86\xF7\x0D\x01\x05\x0C";
  const auto salt = [&](const std::string& content) {
    return content.substr(content.find(pbkdf2) + pbkdf2.size() + 4, 16);
  };
  ASSERT_NE(one.find(pbkdf2), std::string::npos);
  EXPECT_NE(salt(one), salt(other));
}

TEST(KeyStore, AWrongPasswordIsSaid) {
  for (const char* name : {"jks-key", "p12-legacy", "p12-aes"})
    EXPECT_EQ(converted(store(name), SecretString("another")).error().message,
              "the password is another, or it is damaged")
        << name;
  EXPECT_THAT(converted(store("p12-3des-without-mac"), SecretString("another")).error().message,
              StartsWith("a key of it cannot be opened with the store's password: "));
}

TEST(KeyStore, WhatCannotBeCarriedOverIsSaid) {
  EXPECT_EQ(converted(store("jceks"), k_password).error().code, ErrorCode::unsupported);
  EXPECT_EQ(converted(store("jks-other-key-password"), k_password).error().message,
            "the key \"server\" has another password");
  EXPECT_EQ(converted("no store", k_password).error().message,
            "it is no key store that kif knows: neither JKS nor PKCS #12");
  std::string damaged = store("jks-key");
  damaged[20] ^= 1;
  EXPECT_FALSE(converted(damaged, k_password));
}

} // namespace
} // namespace kif::stores
