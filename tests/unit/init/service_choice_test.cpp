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

TEST(ServiceChoice, DrawAheadIsSwitchedOffByItself) {
  for (const char* value : {static_cast<const char*>(nullptr), "", "on", "1", "00"})
    EXPECT_TRUE(ServiceChoice::from(nullptr, nullptr, value).draws_ahead) << (value != nullptr ? value : "unset");
  for (const char* value : {"0", "off"}) {
    const auto choice = ServiceChoice::from(nullptr, nullptr, value);
    EXPECT_FALSE(choice.draws_ahead) << value;
    EXPECT_TRUE(choice.broker);
    EXPECT_EQ(choice.catch_all, CatchAllChoice::automatic);
  }
}

TEST(ServiceChoice, AFailureEndsTheContainerOnlyWhereItIsToldTo) {
  for (const char* value : {static_cast<const char*>(nullptr), "", "continue", "Exit"})
    EXPECT_FALSE(ServiceChoice::from(nullptr, nullptr, nullptr, value).exits_on_failure);
  EXPECT_TRUE(ServiceChoice::from(nullptr, nullptr, nullptr, "exit").exits_on_failure);
}

TEST(ServiceChoice, WithoutABrokerNobodyAnswersACatchAll) {
  const auto choice = ServiceChoice::from("off", nullptr);
  EXPECT_FALSE(choice.broker);
  EXPECT_EQ(choice.catch_all, CatchAllChoice::off);
}

} // namespace
} // namespace kif::init
