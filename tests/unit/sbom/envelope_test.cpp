// SPDX-License-Identifier: Apache-2.0
// Envelopes, bundles and JSON lines: what they carry, whose signature they bear, and how each part is refused.
#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "fixtures.h"
#include "sbom/reading/base64.h"
#include "sbom/reading/envelope.h"
#include "signer.h"

namespace kif::sbom {
namespace {

using testing::ElementsAre;

std::string refused(const std::string& text, std::span<const PublicKey> keys = {}) {
  return refusal(read_documents(text, "x", {.keys = keys}));
}

std::string encoded(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::string envelope(const std::string& payload, const std::vector<const Signer*>& signers) {
  nlohmann::json json = {
      {"payloadType", k_in_toto_payload}, {"payload", encoded(payload)}, {"signatures", nlohmann::json::array()}};
  for (const Signer* signer : signers)
    json["signatures"].push_back(
        {{"keyid", ""}, {"sig", encoded(signer->sign(pre_authentication_encoding(k_in_toto_payload, payload)))}});
  return json.dump();
}

PublicKey fixed_key() {
  return PublicKey::parse(fixture("cosign.pub"), "cosign.pub").value();
}

TEST(Base64, DecodesBothAlphabetsWithAndWithoutPadding) {
  const auto decoded = [](const std::string& text) {
    const auto bytes = decode_base64(text, "x", "it");
    return bytes ? *bytes : bytes.error().message;
  };
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("Zg=="), "f");
  EXPECT_EQ(decoded("Zg"), "f");
  EXPECT_EQ(decoded("Zm8="), "fo");
  EXPECT_EQ(decoded("Zm8"), "fo");
  EXPECT_EQ(decoded("Zm9vYmFy"), "foobar");
  EXPECT_EQ(decoded("+/8="), "\xFB\xFF");
  EXPECT_EQ(decoded("-_8="), "\xFB\xFF");
  EXPECT_EQ(decoded("+_8="), "cannot read x: it is not base64: it mixes the standard and the URL-safe alphabet");
  EXPECT_EQ(decoded("Zm9vY"), "cannot read x: it is not base64: it ends at byte 5 within a group of four");
  EXPECT_EQ(decoded("Zm 9"), "cannot read x: it is not base64: \" \" at byte 2");
  EXPECT_EQ(decoded("Zm9v\n"), "cannot read x: it is not base64: it ends at byte 5 within a group of four");
  EXPECT_EQ(decoded("Zg="), "cannot read x: it is not base64: \"=\" at byte 2");
  EXPECT_EQ(decoded("Z==="), "cannot read x: it is not base64: \"=\" at byte 1");
  EXPECT_EQ(decoded("Zg==Zg=="), "cannot read x: it is not base64: \"=\" at byte 2");
  EXPECT_EQ(decoded("Zh=="), "cannot read x: it is not base64: bits are left over at byte 1");
  EXPECT_EQ(decoded("Zm9="), "cannot read x: it is not base64: bits are left over at byte 2");
}

TEST(Base64, DecodesWhatLibcryptoEncodes) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(decode_base64(encoded(bytes), "x", "it").value(), bytes);
    bytes += static_cast<char>(i * 37);
  }
}

TEST(Envelope, CosignsIsReadAndItsSignatureChecked) {
  const auto unchecked = only_document(fixture("cosign.dsse.json"));
  EXPECT_EQ(unchecked.signature, SignatureState::not_checked);
  EXPECT_THAT(shown(unchecked.document),
              ElementsAre("libcrypto3 3.4.0-r2 apk x86_64", "openssl-config-fipshardened 3.4.0-r3 apk -"));
  ASSERT_TRUE(unchecked.statement);
  EXPECT_EQ(unchecked.statement->subjects.at(0).hex(), std::string(64, '1'));

  const std::vector<PublicKey> keys = {fixed_key()};
  EXPECT_EQ(only_document(fixture("cosign.dsse.json"), {.keys = keys}).signature, SignatureState::verified);
  EXPECT_EQ(only_document(fixture("bundle.sigstore.json"), {.keys = keys}).signature, SignatureState::verified);
  EXPECT_EQ(only_document(fixture("bundle.sigstore.json")).signature, SignatureState::not_checked);
}

TEST(Envelope, OneGoodSignatureAndOneKeyOfSeveralSuffice) {
  const Signer first = Signer::ec("P-256");
  const Signer second = Signer::ed25519();
  const Signer third = Signer::rsa(2048);
  const std::vector<PublicKey> keys = {third.public_key(), second.public_key()};
  const std::string statement = fixture("buildkit.statement.json");
  EXPECT_EQ(only_document(envelope(statement, {&first, &second}), {.keys = keys}).signature, SignatureState::verified);
  EXPECT_EQ(only_document(envelope(statement, {&third}), {.keys = keys}).signature, SignatureState::verified);
  EXPECT_EQ(
      refused(envelope(statement, {&first, &first}), keys),
      "invalid_input: cannot read x: none of its signatures was made by any of the given keys; hint: is it the public "
      "half of the key that signed? A signature that sigstore's certificates made needs theirs");
}

TEST(Envelope, AWrongKeyAndAnyChangedByteAreRefused) {
  const std::string not_made =
      "invalid_input: cannot read x: its signature was not made by the given key; hint: is it the "
      "public half of the key that signed? A signature that sigstore's certificates made needs theirs";
  const std::vector<PublicKey> wrong = {Signer::ec("P-256").public_key()};
  const std::vector<PublicKey> right = {fixed_key()};
  const std::string good = fixture("cosign.dsse.json");
  EXPECT_EQ(refused(good, wrong), not_made);
  EXPECT_EQ(refused(with(good, "/signatures/0/keyid", "abc"), wrong),
            "invalid_input: cannot read x: its signature was not made by the given key; hint: it names key \"abc\"");

  const auto json = nlohmann::json::parse(good);
  std::string payload = decode_base64(json["payload"].get<std::string>(), "x", "it").value();
  payload[payload.find("3.4.0-r2")] = '4';
  EXPECT_EQ(refused(with(good, "/payload", encoded(payload)), right), not_made);
  const std::string signature = decode_base64(json["signatures"][0]["sig"].get<std::string>(), "x", "it").value();
  for (std::size_t i = 0; i < signature.size(); ++i) {
    std::string changed = signature;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(refused(with(good, "/signatures/0/sig", encoded(changed)), right), not_made) << i;
  }
  EXPECT_EQ(refused(with(good, "/signatures", nlohmann::json::array()), right),
            "invalid_input: cannot read x: its envelope bears no signature");
  EXPECT_EQ(only_document(with(good, "/signatures", nlohmann::json::array())).signature, SignatureState::none);
}

TEST(Envelope, BrokenPartsAreRefused) {
  const std::string good = fixture("cosign.dsse.json");
  EXPECT_EQ(
      refused(with(good, "/payloadType", "text/plain")),
      "unsupported: cannot read x: its payload is not an in-toto statement; expected application/vnd.in-toto+json; got "
      "text/plain");
  EXPECT_EQ(refused(with(good, "/payloadType", 1)),
            "invalid_input: cannot read x: payloadType is a number, not a string");
  EXPECT_EQ(refused(without(good, "/payload")), "invalid_input: cannot read x: payload is not a string");
  EXPECT_EQ(refused(with(good, "/payload", "e30!")),
            "invalid_input: cannot read x: payload is not base64: \"!\" at byte 3");
  EXPECT_EQ(
      refused(with(good, "/payload", "e30=")),
      "invalid_input: cannot read x: it is not an SBOM in a form that kif knows; hint: kif reads SPDX 2.2, 2.3 and 3.0, "
      "CycloneDX "
      "1.4 to 1.7 and syft's JSON, bare, in in-toto statements, DSSE envelopes and sigstore bundles");
  EXPECT_EQ(refused(with(good, "/payload", "e3")),
            "invalid_input: cannot read x: payload is not base64: bits are left over at byte 1");
  EXPECT_EQ(refused(with(good, "/payload", encoded("{"))),
            "invalid_input: cannot read the payload of x: not JSON at byte 2");
  EXPECT_EQ(refused(with(good, "/payload", encoded(good))),
            "invalid_input: cannot read the payload of x: a DSSE envelope is not an in-toto statement");
  EXPECT_EQ(refused(without(good, "/signatures")), "invalid_input: cannot read x: signatures is missing");
  EXPECT_EQ(refused(without(good, "/signatures/0/sig")), "invalid_input: cannot read x: signatures[0].sig is missing");
  EXPECT_EQ(refused(with(good, "/signatures/0/sig", "?")),
            "invalid_input: cannot read x: signatures[0].sig is not base64: it ends at byte 1 within a group of four");
  nlohmann::json many = nlohmann::json::array();
  for (int i = 0; i < 17; ++i)
    many.push_back({{"sig", "AAAA"}});
  EXPECT_EQ(refused(with(good, "/signatures", many)), "too_large: cannot read x: more than 16 signatures");
}

TEST(Bundle, VersionsAndContentsAreChecked) {
  const std::string good = fixture("bundle.sigstore.json");
  for (const std::string type :
       {"application/vnd.dev.sigstore.bundle+json;version=0.1", "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.3"})
    EXPECT_EQ(refused(with(good, "/mediaType", type)), "it was read");
  EXPECT_EQ(refused(with(good, "/mediaType", "application/vnd.dev.sigstore.bundle.v0.4+json")),
            "unsupported: cannot read x: this version of sigstore's bundles is not supported; expected "
            "application/vnd.dev.sigstore.bundle.v0.3+json; got application/vnd.dev.sigstore.bundle.v0.4+json");
  EXPECT_EQ(refused(without(good, "/mediaType")), "invalid_input: cannot read x: mediaType is missing");
  EXPECT_EQ(refused(without(good, "/dsseEnvelope")), "invalid_input: cannot read x: dsseEnvelope is missing");
  EXPECT_EQ(refused(with(without(good, "/dsseEnvelope"), "/messageSignature", nlohmann::json::object())),
            "unsupported: cannot read x: the bundle holds a signature and no document");
  EXPECT_EQ(refused(with(good, "/dsseEnvelope", "a")), "invalid_input: cannot read x: it is a string, not an object");
}

TEST(JsonLines, EachLineIsReadAndNamed) {
  const std::string line = fixture("cosign.dsse.json");
  const std::string other = with(
      with(fixture("buildkit.statement.json"), "/predicateType", "https://cosign.sigstore.dev/attestation/vuln/v1"),
      "/predicate", {{"scanner", "x"}});
  const auto readings = read_documents("\n" + line + "\r\n\n" + other + "\n" + fixture("bundle.sigstore.json"), "x");
  ASSERT_TRUE(readings) << readings.error().message;
  EXPECT_EQ(readings->documents.size(), 2U);
  EXPECT_THAT(readings->other_predicates, ElementsAre("https://cosign.sigstore.dev/attestation/vuln/v1"));

  EXPECT_EQ(refused(line + "\n" + line + "\n{\n"), "invalid_input: cannot read line 3 of x: not JSON at byte 2");
  EXPECT_EQ(refused(line + "\n" + with(line, "/payload", "!!!!")),
            "invalid_input: cannot read line 2 of x: payload is not base64: \"!\" at byte 0");
  std::string many;
  for (int i = 0; i < 257; ++i)
    many += "{\"spdxVersion\":\"SPDX-2.3\",\"creationInfo\":{}}\n";
  EXPECT_EQ(refused(many), "too_large: cannot read x: more than 256 lines");
}

TEST(JsonLines, ADocumentLaidOutOverLinesIsNone) {
  EXPECT_EQ(refused("{\"spdxVersion\":\"SPDX-2.3\",\"a\":{}\n,\"creationInfo\":{\"b\":\"}\\\"}\"}\n}\n"),
            "it was read");
  EXPECT_EQ(refused("{\"spdxVersion\":\"SPDX-2.3\",\"a\":\"\\\\\"\n,\"creationInfo\":{}}\n"), "it was read");
}

} // namespace
} // namespace kif::sbom
