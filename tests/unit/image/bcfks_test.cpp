// SPDX-License-Identifier: Apache-2.0
// That Bouncy Castle reads the store is shown by the system tests, with the real one.
#include "image/bcfks.h"

#include <gtest/gtest.h>

#include "digest/digest.h"

namespace kif::image {
namespace {

// 0x30 0x03 0x02 0x01 N: DER that stands for a certificate.
const std::string k_first = "-----BEGIN CERTIFICATE-----\nMAMC\nAQE=\n-----END CERTIFICATE-----\n";
const std::string k_second = "-----BEGIN CERTIFICATE-----\r\nMAMCAQI=\r\n-----END CERTIFICATE-----\r\n";

std::string refusal(const std::string& pem) {
  const auto read = read_pem_bundle(pem, "the bundle");
  return read ? "accepted" : read.error().message;
}

TEST(PemBundle, EachCertificateOnceInItsOrder) {
  const auto read = read_pem_bundle("# a name\n" + k_second + k_first + "text\n" + k_second, "the bundle").value();
  EXPECT_EQ(read, (std::vector<std::string>{{"\x30\x03\x02\x01\x02", 5}, {"\x30\x03\x02\x01\x01", 5}}));
  EXPECT_TRUE(read_pem_bundle("", "the bundle").value().empty());
}

TEST(PemBundle, DamageIsNamed) {
  const std::string error = "cannot read certificate 2 of the bundle: it is damaged or cut off";
  EXPECT_EQ(refusal(k_first + k_second.substr(0, k_second.size() - 20)), error);
  EXPECT_EQ(refusal(k_first + "-----BEGIN CERTIFICATE-----\nMAMCA\n-----END CERTIFICATE-----\n"), error);
  EXPECT_EQ(refusal(k_first + "-----BEGIN CERTIFICATE-----\nM*MCAQE=\n-----END CERTIFICATE-----\n"), error);
  EXPECT_EQ(refusal(k_first + "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), error);
  EXPECT_EQ(refusal(k_first + "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"), error); // no sequence
}

TEST(Bcfks, TheSameCertificatesGiveTheSameBytes) {
  const auto certificates = read_pem_bundle(k_first + k_second, "the bundle").value();
  const std::string store = bcfks_trust_store(certificates);
  EXPECT_EQ(store, bcfks_trust_store(certificates));
  EXPECT_NE(store, bcfks_trust_store({certificates[1], certificates[0]}));
  for (const std::string& certificate : certificates) {
    EXPECT_NE(store.find(certificate), std::string::npos);
    EXPECT_NE(store.find(Digest::of(certificate).hex()), std::string::npos);
  }
}

TEST(Bcfks, LengthsOfEverySizeAreDer) {
  // The outer sequence says its own length: in one octet, after 0x81, 0x82, 0x83.
  for (const std::size_t size : {std::size_t{10}, std::size_t{200}, std::size_t{70'000}, std::size_t{17'000'000}}) {
    const std::string store = bcfks_trust_store({std::string(size, '\x30')});
    const auto head = static_cast<unsigned char>(store[1]);
    ASSERT_GE(head, 0x80); // never shorter than 128 octets
    std::size_t length = 0;
    for (std::size_t i = 0; i < (head & 0x7fU); ++i)
      length = length << 8U | static_cast<unsigned char>(store[2 + i]);
    EXPECT_EQ(store.size(), 2 + (head & 0x7fU) + length);
  }
}

} // namespace
} // namespace kif::image
