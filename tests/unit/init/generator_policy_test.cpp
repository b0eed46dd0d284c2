// SPDX-License-Identifier: Apache-2.0
#include "init/generator_policy.h"

#include <vector>

#include <gtest/gtest.h>

namespace kif::init {
namespace {

using broker::State;
using std::chrono::seconds;

const GeneratorLife k_none{};                      // it ended at its checks
const GeneratorLife k_short{.served = seconds(3)}; // it ended soon
const GeneratorLife k_long{.served = seconds(60)}; // it had settled
const GeneratorLife k_reseeded{.served = seconds(3), .has_reseeded = true};

TEST(GeneratorPolicy, OneThatDiesIsReplacedAtOnce) {
  GeneratorPolicy policy;
  const Decision decision = policy.after(GeneratorEnd::died, k_short);
  EXPECT_EQ(decision.state, State::degraded);
  EXPECT_EQ(decision.pause, seconds(0));
}

TEST(GeneratorPolicy, OnesThatDieAgainAndAgainAreReplacedWithLongerAndLongerPausesAndForEver) {
  GeneratorPolicy policy;
  std::vector<long> pauses;
  for (int i = 0; i < 1000; ++i) {
    const Decision decision = policy.after(GeneratorEnd::died, i % 2 == 0 ? k_none : k_short);
    ASSERT_TRUE(decision.pause) << i;
    EXPECT_EQ(decision.state, i < 3 ? State::degraded : State::failed) << i;
    pauses.push_back(decision.pause->count());
  }
  pauses.resize(10);
  EXPECT_EQ(pauses, (std::vector<long>{0, 1, 2, 4, 8, 16, 32, 60, 60, 60}));
  EXPECT_EQ(policy.after(GeneratorEnd::died, k_long).pause, seconds(0)) << "one that settled begins anew";
}

TEST(GeneratorPolicy, ASourceThatFailsIsReplacedOnce) {
  for (const GeneratorLife& second : {k_none, k_short, k_long}) {
    GeneratorPolicy policy;
    const Decision first = policy.after(GeneratorEnd::source, k_long);
    EXPECT_EQ(first.state, State::degraded);
    EXPECT_EQ(first.pause, seconds(0));
    const Decision last = policy.after(GeneratorEnd::source, second);
    EXPECT_EQ(last.state, State::failed);
    EXPECT_FALSE(last.pause);
  }
}

TEST(GeneratorPolicy, ASourceThatGaveNewSeedHadRecovered) {
  GeneratorPolicy policy;
  policy.after(GeneratorEnd::source, k_long);
  const Decision decision = policy.after(GeneratorEnd::source, k_reseeded);
  EXPECT_EQ(decision.state, State::degraded);
  EXPECT_TRUE(decision.pause);
}

TEST(GeneratorPolicy, ADeathBetweenTwoFailuresOfTheSourceForgivesNothing) {
  GeneratorPolicy policy;
  policy.after(GeneratorEnd::source, k_long);
  EXPECT_EQ(policy.after(GeneratorEnd::died, k_short).state, State::degraded);
  EXPECT_FALSE(policy.after(GeneratorEnd::source, k_short).pause);
}

TEST(GeneratorPolicy, ChecksThatDoNotPassAreAFailureAndAreTriedAgain) {
  // A library that cannot be loaded may be one for which there was no memory.
  GeneratorPolicy policy;
  EXPECT_EQ(policy.after(GeneratorEnd::died, k_long).state, State::degraded);
  const Decision decision = policy.after(GeneratorEnd::checks, k_none);
  EXPECT_EQ(decision.state, State::failed);
  EXPECT_EQ(decision.pause, seconds(1));
}

TEST(GeneratorPolicy, HangingIsAWayToEnd) {
  GeneratorPolicy policy;
  EXPECT_EQ(policy.after(GeneratorEnd::hung, k_long).state, State::degraded);
  for (int i = 0; i < 2; ++i)
    policy.after(GeneratorEnd::hung, k_none);
  EXPECT_EQ(policy.after(GeneratorEnd::hung, k_none).state, State::failed);
}

} // namespace
} // namespace kif::init
