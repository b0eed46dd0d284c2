// SPDX-License-Identifier: Apache-2.0
// Bound to the libcrypto of the machine that runs the tests.
#include "libcrypto/library.h"

#include <array>

#include <gtest/gtest.h>

namespace kif::libcrypto {
namespace {

TEST(Library, BothLibrariesAreBound) {
  const auto crypto = Libcrypto::open();
  ASSERT_TRUE(crypto) << crypto.error().message;
  EXPECT_TRUE(crypto->is_at_least(3, 0));
  EXPECT_FALSE(crypto->is_at_least(99, 0));
  EXPECT_TRUE(Libssl::open(*crypto));
}

TEST(Library, OneOfEachKnownMajorVersionIsOpenedNewestFirst) {
  const auto all = Libcrypto::open_all();
  ASSERT_TRUE(all) << all.error().message;
  for (std::size_t i = 0; i < all->size(); ++i) {
    EXPECT_EQ((*all)[i].file(), "libcrypto.so." + std::to_string((*all)[i].major_version()));
    EXPECT_TRUE(i == 0 || (*all)[i].major_version() < (*all)[i - 1].major_version());
  }
  EXPECT_EQ(Libcrypto::open().value().file(), all->front().file());
}

TEST(Library, AMissingFileIsNamed) {
  const auto crypto = Libcrypto::open("libcrypto.so.none");
  ASSERT_FALSE(crypto);
  EXPECT_EQ(crypto.error().code, ErrorCode::not_found);
  EXPECT_EQ(crypto.error().message,
            "cannot load libcrypto.so.none: cannot open shared object file: No such file or directory");
}

TEST(Library, AnotherLibraryIsRefusedWithTheFirstMissingFunction) {
  const auto crypto = Libcrypto::open("libc.so.6");
  ASSERT_FALSE(crypto);
  EXPECT_EQ(crypto.error().message, "cannot use libc.so.6: it has no function OPENSSL_init_crypto");
}

TEST(Library, AFunctionWorksAndAFailureIsTextWithItsData) {
  const auto crypto = Libcrypto::open().value();
  ASSERT_NE(crypto.OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr), 0);
  EXPECT_EQ(crypto.EVP_MD_fetch(nullptr, "NO-SUCH-DIGEST", nullptr), nullptr);
  const auto errors = crypto.take_errors();
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(ERR_GET_LIB(errors[0].code), ERR_LIB_EVP);
  EXPECT_EQ(errors[0].reason, "unsupported");
  EXPECT_NE(errors[0].data.find("NO-SUCH-DIGEST"), std::string::npos);
  EXPECT_TRUE(crypto.take_errors().empty()) << "the queue is emptied";
}

TEST(Library, SeveralErrorsAreJoinedCauseFirst) {
  EXPECT_EQ(describe({}), "no error in OpenSSL's queue");
  EXPECT_EQ(describe({{1, "cause", ""}, {2, "consequence", "name=x"}}), "cause; consequence (name=x)");
}

TEST(Library, AnOwnedObjectIsFreedByOpenSslsFunction) {
  const auto crypto = Libcrypto::open().value();
  const Owned<EVP_MD> digest(crypto.EVP_MD_fetch(nullptr, "SHA256", nullptr), crypto.EVP_MD_free);
  EXPECT_NE(digest, nullptr);
}

} // namespace
} // namespace kif::libcrypto
