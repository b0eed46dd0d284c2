// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace kif {
namespace {

TEST(Secret, WhatIsTakenOverIsWipedWhereItWas) {
  for (const std::size_t size : {5U, 500U}) { // inside the string itself, and on the heap
    std::string text(size, 'x');
    const std::size_t capacity = text.capacity();
    const SecretString secret = SecretString::take(std::move(text));
    EXPECT_EQ(secret.view(), std::string(size, 'x'));
    EXPECT_TRUE(text.empty());
    text.resize(capacity, 'y'); // keeps its memory; only what is new is written
    EXPECT_EQ(text.find('x'), std::string::npos);
  }
}

TEST(Secret, GrowsAndCompares) {
  SecretString secret("Bearer ");
  secret += "token";
  EXPECT_EQ(secret.view(), "Bearer token");
  EXPECT_EQ(secret, SecretString("Bearer token"));
  EXPECT_NE(secret, SecretString());
  EXPECT_TRUE(SecretString().empty());
}

} // namespace
} // namespace kif
