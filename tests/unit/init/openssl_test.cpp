// SPDX-License-Identifier: Apache-2.0
// Against the libcrypto of the machine that runs the tests. The whole load is tests/system/init/.
#include <cstdlib>

#include <gtest/gtest.h>

#include "base/file.h"
#include "init/explain.h"
#include "init/libcrypto_hash.h"
#include "libcrypto/state.h"

namespace kif::init {
namespace {

class OpensslTest : public testing::Test {
protected:
  libcrypto::Libcrypto m_crypto = libcrypto::Libcrypto::open().value();
  TempDir m_dir = TempDir::create("kif-openssl-test-").value();

  std::string config(std::string_view text) {
    const auto path = m_dir.path() / "openssl.cnf";
    auto file = AtomicFile::create(path).value();
    EXPECT_TRUE(file.write(text));
    EXPECT_TRUE(file.commit());
    return path.string();
  }
};

TEST_F(OpensslTest, TheHashIsSha256AndStartsAnewForEachFile) {
  LibcryptoHash hash(m_crypto);
  for (int file = 0; file < 2; ++file) {
    ASSERT_TRUE(hash.start());
    ASSERT_TRUE(hash.update(std::as_bytes(std::span("ab", 2))));
    ASSERT_TRUE(hash.update(std::as_bytes(std::span("c", 1))));
    // FIPS 180-4's example.
    EXPECT_EQ(hash.finish().value(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }
}

TEST_F(OpensslTest, OnlyActivationIsTakenOutOfAConfiguration) {
  EXPECT_EQ(without_activation("[a]\nactivate = 1\n  activate=1\nactivated = 1\n# activate = 1\nx = activate\n"),
            "[a]\nactivated = 1\n# activate = 1\nx = activate\n");
}

constexpr std::string_view k_base =
    "openssl_conf = init\n[init]\nproviders = list\n[list]\nbase = base\n[base]\nactivate = 1\n";

TEST_F(OpensslTest, AProviderThatLoadsNeedsNoExplanation) {
  const Explanation explanation = explain_provider(m_crypto, config(k_base), "base");
  EXPECT_TRUE(explanation.configured);
  EXPECT_EQ(explanation.reason, "");
}

TEST_F(OpensslTest, AProviderThatTheConfigurationDoesNotNameIsNotConfigured) {
  const Explanation explanation = explain_provider(m_crypto, config(k_base), "fips");
  EXPECT_FALSE(explanation.configured);
  EXPECT_EQ(explanation.reason, "");
}

TEST_F(OpensslTest, WhyAProviderDoesNotLoadIsSaid) {
  const std::string_view text =
      "openssl_conf = i\n[i]\nproviders = l\n[l]\nfips = f\n[f]\nmodule = /no/such.so\nactivate = 1\n";
  const Explanation explanation = explain_provider(m_crypto, config(text), "fips");
  EXPECT_TRUE(explanation.configured);
  EXPECT_NE(explanation.reason.find("/no/such.so"), std::string::npos) << explanation.reason;
}

TEST_F(OpensslTest, AConfigurationThatCannotBeReadIsExplained) {
  EXPECT_EQ(explain_provider(m_crypto, config("[a\n"), "fips").reason, "missing close square bracket (line 1)");
  EXPECT_EQ(explain_provider(m_crypto, "/no/such.cnf", "fips").reason,
            "cannot open /no/such.cnf: No such file or directory");
}

} // namespace
} // namespace kif::init
