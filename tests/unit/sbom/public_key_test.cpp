// SPDX-License-Identifier: Apache-2.0
// Public keys: the three kinds that kif takes, and why others are refused.
#include <string>

#include <gtest/gtest.h>

#include "fixtures.h"
#include "signer.h"

namespace kif::sbom {
namespace {

std::string refused(const std::string& pem) {
  return refusal(PublicKey::parse(pem, "x"));
}

void expect_only_its_own(const Signer& signer, const std::string& algorithm) {
  const PublicKey key = signer.public_key();
  EXPECT_EQ(key.algorithm(), algorithm);
  const std::string signature = signer.sign("message");
  EXPECT_TRUE(key.verifies("message", signature));
  EXPECT_FALSE(key.verifies("massage", signature));
  EXPECT_FALSE(key.verifies("", signature));
  EXPECT_FALSE(key.verifies("message", ""));
  EXPECT_FALSE(key.verifies("message", signature.substr(1)));
  EXPECT_FALSE(key.verifies("message", signature + "x"));
  EXPECT_FALSE(key.verifies("message", std::string(signature.size(), '\0')));
}

TEST(PublicKey, EcdsaRsaAndEd25519Verify) {
  expect_only_its_own(Signer::ec("P-256"), "ECDSA P-256");
  expect_only_its_own(Signer::rsa(2048), "RSA 2048");
  expect_only_its_own(Signer::rsa(3072), "RSA 3072");
  expect_only_its_own(Signer::ed25519(), "Ed25519");
}

TEST(PublicKey, OtherKeysAreUnsupported) {
  const std::string message =
      "unsupported: cannot read x: keys of this kind are not supported; expected ECDSA P-256, RSA of "
      "2048 bits or more, or Ed25519; got ";
  EXPECT_EQ(refused(Signer::ec("P-384").public_pem()), message + "EC on secp384r1");
  EXPECT_EQ(refused(Signer::rsa(1024).public_pem()), message + "RSA 1024");
}

TEST(PublicKey, WhatIsNoPublicKeyIsRefused) {
  const Signer signer = Signer::ec("P-256");
  const std::string good = signer.public_pem();
  EXPECT_EQ(refused(good), "it was read");
  EXPECT_EQ(refused("a comment\n" + good), "it was read");
  EXPECT_EQ(refused(""),
            "invalid_input: cannot read x: it is not PEM; expected -----BEGIN PUBLIC KEY-----; got no line that "
            "begins so");
  EXPECT_EQ(
      refused(signer.private_pem()),
      "invalid_input: cannot read x: it is a private key; hint: openssl pkey -in FILE -pubout, or cosign public-key "
      "--key FILE, gives the public half");
  EXPECT_EQ(
      refused("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"),
      "invalid_input: cannot read x: it is a private key; hint: openssl pkey -in FILE -pubout, or cosign public-key "
      "--key FILE, gives the public half");
  EXPECT_EQ(refused("-----BEGIN CERTIFICATE-----\n"),
            "invalid_input: cannot read x: it is a certificate; hint: openssl x509 "
            "-in FILE -pubkey -noout gives its public key");
  EXPECT_EQ(refused("-----BEGIN RSA PUBLIC KEY-----\n"), "invalid_input: cannot read x: it is not a public key; hint: "
                                                         "openssl pkey -pubin -in FILE -pubout gives the form that "
                                                         "begins with -----BEGIN PUBLIC KEY-----");
  EXPECT_EQ(refused(good + good),
            "invalid_input: cannot read x: it holds more than one key; hint: give each in a file of its own");
  EXPECT_EQ(refused(good.substr(0, 60)), "invalid_input: cannot read x: libcrypto finds no public key in its PEM");
  EXPECT_EQ(refused("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
            "invalid_input: cannot read x: libcrypto finds no public key in its PEM");
  EXPECT_EQ(refused(std::string(65537, ' ')), "too_large: cannot read x: larger than the bound of 65536 bytes");
}

TEST(PublicKey, IsReadFromAFile) {
  const auto key = PublicKey::read(std::string(KIF_SBOM_FIXTURES) + "/cosign.pub");
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->algorithm(), "ECDSA P-256");
  EXPECT_EQ(refusal(PublicKey::read("/nonexistent/key")),
            "not_found: cannot open /nonexistent/key: No such file or directory");
}

} // namespace
} // namespace kif::sbom
