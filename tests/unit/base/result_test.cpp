// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <cerrno>

#include <gtest/gtest.h>

namespace kif {
namespace {

Result<int> seven() { return 7; }
Result<int> none() { return fail(ErrorCode::not_found, "no seven here"); }
Result<int> add_one(Result<int> (*source)()) {
  KIF_TRY(const int value, source());
  return value + 1;
}

TEST(ResultTest, TryPassesValuesAndErrorsOn) {
  EXPECT_EQ(add_one(seven).value(), 8);
  const auto failed = add_one(none);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::not_found);
}

TEST(ResultTest, AnErrorReadsAsTheHouseStyleSays) {
  const Error error = Error(ErrorCode::digest_mismatch, "digest mismatch")
                          .with_context("cannot verify layer 2 of oci-archive:app.tar")
                          .with_mismatch("sha256:aa", "sha256:bb")
                          .with_hint("fetch the image again");
  EXPECT_EQ(error.render("kif"), "kif: error: cannot verify layer 2 of oci-archive:app.tar: digest mismatch\n"
                                 "  expected: sha256:aa\n"
                                 "  got:      sha256:bb\n"
                                 "  hint: fetch the image again\n");
}

TEST(ResultTest, ErrnoBecomesACode) {
  EXPECT_EQ(system_error(ENOENT, "x").code, ErrorCode::not_found);
  EXPECT_EQ(system_error(EACCES, "x").code, ErrorCode::denied);
  EXPECT_EQ(system_error(EIO, "x").code, ErrorCode::io);
  EXPECT_EQ(system_error(ENOENT, "cannot open /x").message, "cannot open /x: No such file or directory");
}

} // namespace
} // namespace kif
