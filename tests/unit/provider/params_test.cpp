// SPDX-License-Identifier: Apache-2.0
#include "provider/core/params.h"

#include <cstring>
#include <limits>

#include <gtest/gtest.h>
#include <openssl/params.h>

namespace kif::provider {
namespace {

TEST(ParamsTest, FindsByNameAndNotBeyondTheEnd) {
  OSSL_PARAM params[] = {OSSL_PARAM_int("one", nullptr), OSSL_PARAM_int("two", nullptr), OSSL_PARAM_END};
  EXPECT_EQ(find_param(params, "two"), &params[1]);
  EXPECT_EQ(find_param(params, "three"), nullptr);
  EXPECT_EQ(find_param(nullptr, "one"), nullptr);
}

template <class Integer> void expect_number(unsigned type, std::uint64_t value, bool fits) {
  Integer place = 7;
  OSSL_PARAM param = {"n", type, &place, sizeof place, OSSL_PARAM_UNMODIFIED};
  EXPECT_EQ(set_number(param, value), fits);
  EXPECT_EQ(place, fits ? static_cast<Integer>(value) : Integer{7});
  EXPECT_EQ(param.return_size, fits ? sizeof place : OSSL_PARAM_UNMODIFIED);
}

TEST(ParamsTest, WritesNumbersInTheReadersWidthOrNotAtAll) {
  expect_number<std::uint64_t>(OSSL_PARAM_UNSIGNED_INTEGER, std::numeric_limits<std::uint64_t>::max(), true);
  expect_number<std::int64_t>(OSSL_PARAM_INTEGER, std::numeric_limits<std::int64_t>::max(), true);
  expect_number<std::int64_t>(OSSL_PARAM_INTEGER, std::uint64_t{1} << 63, false);
  expect_number<std::uint32_t>(OSSL_PARAM_UNSIGNED_INTEGER, 0xffffffffu, true);
  expect_number<std::uint32_t>(OSSL_PARAM_UNSIGNED_INTEGER, 0x100000000u, false);
  expect_number<std::int32_t>(OSSL_PARAM_INTEGER, 0x80000000u, false);
  expect_number<std::uint16_t>(OSSL_PARAM_UNSIGNED_INTEGER, 1, false);
  expect_number<std::uint32_t>(OSSL_PARAM_UTF8_STRING, 1, false);
}

TEST(ParamsTest, AReaderWithoutABufferLearnsTheSize) {
  OSSL_PARAM param = {"n", OSSL_PARAM_UNSIGNED_INTEGER, nullptr, 0, OSSL_PARAM_UNMODIFIED};
  EXPECT_TRUE(set_number(param, 5));
  EXPECT_EQ(param.return_size, sizeof(std::uint64_t));
}

TEST(ParamsTest, PointsAtText) {
  const char* place = nullptr;
  OSSL_PARAM param = {"t", OSSL_PARAM_UTF8_PTR, &place, 0, OSSL_PARAM_UNMODIFIED};
  EXPECT_EQ(text_of(param), nullptr);
  EXPECT_TRUE(set_text(param, "abc"));
  EXPECT_STREQ(place, "abc");
  EXPECT_STREQ(text_of(param), "abc");
  EXPECT_EQ(param.return_size, 3u);
  param.data_type = OSSL_PARAM_UTF8_STRING;
  EXPECT_FALSE(set_text(param, "abc"));
  EXPECT_EQ(text_of(param), nullptr);
}

} // namespace
} // namespace kif::provider
