// SPDX-License-Identifier: Apache-2.0
// With the library that fails on demand: the real timer is the system tests' matter.
#include "host/jitter.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace kif::host {
namespace {

const std::vector<std::string> k_libraries = {"/nonexistent/libjitterentropy.so.3", KIF_FAULTY_LIBRARY};

TEST(JitterLook, MeasuresTheFirstLibraryThatIsThere) {
  ::setenv("KIF_FAULTY_JITTER", "none", 1);
  const auto jitter = measure_jitter(k_libraries);
  ASSERT_TRUE(jitter) << jitter.error().message;
  EXPECT_EQ(jitter->library, KIF_FAULTY_LIBRARY);
  EXPECT_EQ(jitter->version.substr(0, 2), "3.");
  EXPECT_EQ(jitter->block_ms.size(), 9U);
  EXPECT_GE(jitter->startup_ms, 0);
}

TEST(JitterLook, AFailedStartUpTestIsNamed) {
  ::setenv("KIF_FAULTY_JITTER", "startup:2", 1);
  const auto jitter = measure_jitter(k_libraries);
  ASSERT_FALSE(jitter);
  EXPECT_EQ(jitter.error().code, ErrorCode::entropy);
  EXPECT_EQ(jitter.error().message.rfind("jitterentropy's start-up test failed: ", 0), 0U) << jitter.error().message;
}

TEST(JitterLook, APermanentFailureOfTheHealthTestsIsNamed) {
  ::setenv("KIF_FAULTY_JITTER", "read:-6@3", 1);
  const auto jitter = measure_jitter(k_libraries);
  ASSERT_FALSE(jitter);
  EXPECT_EQ(jitter.error().code, ErrorCode::entropy);
  EXPECT_EQ(jitter.error().message.rfind("jitterentropy gave no block: ", 0), 0U) << jitter.error().message;
}

TEST(JitterLook, WithoutALibraryItIsUnknown) {
  const std::vector<std::string> none = {"/nonexistent/libjitterentropy.so.3"};
  const auto jitter = measure_jitter(none);
  ASSERT_FALSE(jitter);
  EXPECT_EQ(jitter.error().code, ErrorCode::not_found);
  EXPECT_EQ(jitter.error().message, "no libjitterentropy.so.3 beside kif, nor /nonexistent/libjitterentropy.so.3");
}

TEST(JitterLook, TheMedianIsTheMiddleOne) {
  EXPECT_EQ((Jitter{.library = "", .version = "", .block_ms = {9, 1, 5}}.median_block_ms()), 5);
  EXPECT_EQ(Jitter().median_block_ms(), 0);
}

} // namespace
} // namespace kif::host
