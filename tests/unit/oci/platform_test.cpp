// SPDX-License-Identifier: Apache-2.0
#include "oci/platform.h"

#include <gtest/gtest.h>

namespace kif::oci {
namespace {

Platform parsed(const char* text) {
  return Platform::parse(text).value();
}

TEST(Platform, IsReadAndWritten) {
  EXPECT_EQ(parsed("linux/amd64").text(), "linux/amd64");
  EXPECT_EQ(parsed("linux/arm64/v8").text(), "linux/arm64/v8");
  EXPECT_EQ(parsed("Linux/x86_64").text(), "linux/amd64");
  EXPECT_EQ(parsed("linux/aarch64").text(), "linux/arm64");
  EXPECT_EQ(parsed("linux/armhf").text(), "linux/arm/v7");
}

TEST(Platform, WhatIsNoneIsRefused) {
  for (const char* text : {"", "linux", "linux/", "/amd64", "linux/amd64/v1/x", "linux amd64", "linux//v8"}) {
    const auto platform = Platform::parse(text);
    ASSERT_FALSE(platform) << text;
    EXPECT_EQ(platform.error().message, "\"" + std::string(text) + "\" is not a platform");
  }
}

TEST(Platform, AMissingVariantIsTheUsualOne) {
  EXPECT_TRUE(parsed("linux/arm64").satisfies(parsed("linux/arm64/v8")));
  EXPECT_TRUE(parsed("linux/arm").satisfies(parsed("linux/arm/v7")));
  EXPECT_FALSE(parsed("linux/arm").satisfies(parsed("linux/arm/v6")));
  EXPECT_TRUE(parsed("linux/amd64/v3").satisfies(parsed("linux/amd64")));
  EXPECT_FALSE(parsed("linux/amd64").satisfies(parsed("linux/arm64")));
  EXPECT_FALSE(parsed("windows/amd64").satisfies(parsed("linux/amd64")));
}

TEST(Platform, ThisMachineHasOne) {
  EXPECT_EQ(Platform::host().os, "linux");
  EXPECT_FALSE(Platform::host().architecture.empty());
  EXPECT_NE(Platform::host().architecture, "x86_64");
}

} // namespace
} // namespace kif::oci
