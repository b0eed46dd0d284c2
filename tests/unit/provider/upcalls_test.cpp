// SPDX-License-Identifier: Apache-2.0
#include "provider/upcalls.h"

#include <algorithm>
#include <climits>
#include <cstdint>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/randerr.h>

#include "fake_core.h"
#include "mock_noise_source.h"

namespace kif::provider {
namespace {

constexpr std::size_t k_unbounded = 0xfffffffe;
constexpr auto k_any = entropy::Blocks::any;
constexpr std::size_t k_distinct = 32; // bytes that follow a nonce where there is room

TEST(UpcallsTest, WhatEachModuleAsksForIsServedExactly) {
  // The arguments that modules 3.0.8 to 3.6 were seen to pass.
  EXPECT_EQ(bytes_wanted(0, 16, 16), 16u);            // 3.0.x to 3.3: continuous test, block by block
  EXPECT_EQ(bytes_wanted(256, 32, INT_MAX), 32u);     // 3.4
  EXPECT_EQ(bytes_wanted(384, 48, k_unbounded), 48u); // 3.5, 3.6
  EXPECT_EQ(bytes_wanted(0, 16, INT_MAX), 16u);       // nonces
}

TEST(UpcallsTest, EntropyBitsBecomeWholeBytes) {
  EXPECT_EQ(bytes_wanted(1, 0, 100), 1u);
  EXPECT_EQ(bytes_wanted(8, 0, 100), 1u);
  EXPECT_EQ(bytes_wanted(9, 0, 100), 2u);
  EXPECT_EQ(bytes_wanted(-5, 20, 100), 20u);
}

TEST(UpcallsTest, WhatCannotBeServedIsRefusedAndNotShortened) {
  EXPECT_EQ(bytes_wanted(0, 0, 100), 0u);
  EXPECT_EQ(bytes_wanted(256, 0, 31), 0u);
  EXPECT_EQ(bytes_wanted(0, 17, 16), 0u);
  EXPECT_EQ(bytes_wanted(INT_MAX, 0, SIZE_MAX), 0u);
  EXPECT_EQ(bytes_wanted(0, k_max_request_bytes, SIZE_MAX), k_max_request_bytes);
  EXPECT_EQ(bytes_wanted(0, k_max_request_bytes + 1, SIZE_MAX), 0u);
  EXPECT_EQ(bytes_wanted(0, SIZE_MAX, SIZE_MAX), 0u);
}

struct UpcallsFixture : testing::Test {
  FakeCore fake;
  entropy::MockNoiseSource noise;
  entropy::SeedSource source{noise, {}};
};

TEST_F(UpcallsFixture, SeedsComeOnTheSecureHeapAndNoncesOnTheOrdinaryOne) {
  unsigned char* seed = nullptr;
  ASSERT_EQ(get_entropy(fake.core(), source, k_any, &seed, 384, 48, k_unbounded), 48 + k_distinct);
  EXPECT_EQ(fake.secure_memory_in_use, 48 + k_distinct);
  unsigned char* nonce = nullptr;
  ASSERT_EQ(get_nonce(fake.core(), source, &nonce, 16, INT_MAX), 16 + k_distinct);
  EXPECT_EQ(fake.memory_in_use, 16 + k_distinct);
  cleanup_entropy(fake.core(), seed, 48 + k_distinct);
  cleanup_nonce(fake.core(), nonce, 16 + k_distinct);
  EXPECT_EQ(fake.secure_memory_in_use + fake.memory_in_use, 0u);
  EXPECT_TRUE(fake.every_free_was_of_its_size);
  EXPECT_TRUE(fake.errors.empty());
  EXPECT_EQ(source.counters().bytes_handed_out, 64u);
}

TEST_F(UpcallsFixture, NoTwoAnswersAreAlike) {
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    unsigned char* seed = nullptr;
    ASSERT_EQ(get_entropy(fake.core(), source, k_any, &seed, 0, 16, 16), 16u);
    seen.emplace(reinterpret_cast<char*>(seed), 16);
    cleanup_entropy(fake.core(), seed, 16);
    ASSERT_EQ(get_nonce(fake.core(), source, &seed, 16, 16), 16u);
    seen.emplace(reinterpret_cast<char*>(seed), 16);
    cleanup_nonce(fake.core(), seed, 16);
  }
  EXPECT_EQ(seen.size(), 100u);
}

TEST_F(UpcallsFixture, WhatIsDistinctFollowsTheSourcesBytesAsFarAsThereIsRoom) {
  // What follows the source's bytes, by itself.
  std::set<std::string> seen;
  for (const std::size_t room : {8u, 32u, 1000u})
    for (int i = 0; i < 20; ++i) {
      unsigned char* nonce = nullptr;
      const std::size_t size = get_nonce(fake.core(), source, &nonce, 16, 16 + room);
      ASSERT_EQ(size, 16 + std::min(room, k_distinct));
      EXPECT_TRUE(seen.emplace(reinterpret_cast<char*>(nonce) + 16, size - 16).second) << room;
      cleanup_nonce(fake.core(), nonce, size);
      unsigned char* seed = nullptr;
      ASSERT_EQ(get_entropy(fake.core(), source, k_any, &seed, 0, 16, 16 + room), size);
      EXPECT_TRUE(seen.emplace(reinterpret_cast<char*>(seed) + 16, size - 16).second) << room;
      cleanup_entropy(fake.core(), seed, size);
    }
  EXPECT_EQ(source.counters().bytes_handed_out, 120 * 16u); // what is distinct is not credited
}

TEST_F(UpcallsFixture, WhereNewBlocksAreWantedNothingIsTakenThatWasMadeBefore) {
  ASSERT_EQ(source.fill(64), entropy::SourceError::none);
  const auto blocks = [&] { return source.counters().blocks; };
  unsigned char* seed = nullptr;
  ASSERT_EQ(get_entropy(fake.core(), source, entropy::Blocks::fresh, &seed, 256, 32, 32), 32u);
  EXPECT_EQ(blocks(), 3u);
  EXPECT_EQ(source.counters().bytes_held, 64u);
  cleanup_entropy(fake.core(), seed, 32);
  ASSERT_EQ(get_entropy(fake.core(), source, k_any, &seed, 256, 32, 32), 32u);
  EXPECT_EQ(blocks(), 3u); // the control
  EXPECT_EQ(source.counters().bytes_held, 32u);
  cleanup_entropy(fake.core(), seed, 32);
}

TEST_F(UpcallsFixture, AFailedSourceIsAnErrorThatNamesTheHealthTest) {
  noise.fail(entropy::MockNoiseSource::read, entropy::SourceError::repetition_count_permanent);
  for (const bool nonce : {false, true}) {
    fake.errors.clear();
    unsigned char* out = nullptr;
    EXPECT_EQ(nonce ? get_nonce(fake.core(), source, &out, 16, 16)
                    : get_entropy(fake.core(), source, k_any, &out, 256, 32, 64),
              0u);
    EXPECT_EQ(out, nullptr);
    ASSERT_EQ(fake.errors.size(), 1u);
    EXPECT_EQ(ERR_GET_LIB(fake.errors[0].reason), ERR_LIB_RAND);
    EXPECT_EQ(ERR_GET_REASON(fake.errors[0].reason), RAND_R_ERROR_RETRIEVING_ENTROPY);
    EXPECT_EQ(fake.errors[0].text, entropy::describe(entropy::SourceError::repetition_count_permanent));
    EXPECT_EQ(fake.errors[0].handle, nullptr);
  }
  EXPECT_EQ(fake.secure_memory_in_use + fake.memory_in_use, 0u);
  EXPECT_TRUE(fake.every_free_was_of_its_size);
}

TEST_F(UpcallsFixture, NoMemoryAndBadLengthsAreErrorsToo) {
  unsigned char* out = nullptr;
  EXPECT_EQ(get_entropy(fake.core(), source, k_any, &out, 256, 0, 16), 0u);
  EXPECT_EQ(get_nonce(fake.core(), source, &out, 0, 0), 0u);
  fake.out_of_memory = true;
  EXPECT_EQ(get_entropy(fake.core(), source, k_any, &out, 256, 32, 64), 0u);
  EXPECT_EQ(get_nonce(fake.core(), source, &out, 16, 64), 0u);
  EXPECT_EQ(fake.errors.size(), 4u);
  EXPECT_EQ(out, nullptr);
  EXPECT_EQ(source.counters().bytes_handed_out, 0u);
}

} // namespace
} // namespace kif::provider
