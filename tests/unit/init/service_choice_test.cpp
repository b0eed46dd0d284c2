// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "init/random_service.h"

namespace kif::init {
namespace {

TEST(ServiceChoice, TheDefaultIsAllThatWorks) {
  for (const char* unknown : {static_cast<const char*>(nullptr), "", "yes", "ON", "OFF", "off "}) {
    const auto choice = ServiceChoice::from(unknown, unknown);
    EXPECT_TRUE(choice.broker) << (unknown != nullptr ? unknown : "unset");
    EXPECT_EQ(choice.catch_all, CatchAllChoice::automatic);
  }
}

TEST(ServiceChoice, TheCatchAllIsSwitchedByItself) {
  EXPECT_EQ(ServiceChoice::from(nullptr, "off").catch_all, CatchAllChoice::off);
  EXPECT_EQ(ServiceChoice::from(nullptr, "on").catch_all, CatchAllChoice::on);
  EXPECT_TRUE(ServiceChoice::from(nullptr, "off").broker);
}

TEST(ServiceChoice, WithoutABrokerNobodyAnswersACatchAll) {
  const auto choice = ServiceChoice::from("off", nullptr);
  EXPECT_FALSE(choice.broker);
  EXPECT_EQ(choice.catch_all, CatchAllChoice::off);
}

} // namespace
} // namespace kif::init
