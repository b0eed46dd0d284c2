// SPDX-License-Identifier: Apache-2.0
#include "provider/load_failure.h"

#include <string>

#include <gtest/gtest.h>

#include "fake_core.h"

namespace kif::provider {
namespace {

TEST(LoadFailureTest, IsToldToItsOwnLibcryptoUntilTheModuleIsThere) {
  FakeCore fake;
  const auto lock = LoadLock::take().value();
  EXPECT_EQ(load_failure(fake.core(0)), "");
  remember_load_failure(fake.core(0), "no such file", lock);
  remember_load_failure(fake.core(0), "a later failure", lock);
  EXPECT_EQ(load_failure(fake.core(0)), "no such file");
  EXPECT_EQ(load_failure(fake.core(1)), "");
  remember_load_failure(fake.core(1), std::string(1000, 'x'), lock);
  EXPECT_EQ(load_failure(fake.core(1)), std::string(512, 'x'));
  remember_load_failure(fake.core(0), "", lock);
  EXPECT_EQ(load_failure(fake.core(0)), "");
  remember_load_failure(fake.core(0), "in another library context", lock);
  EXPECT_EQ(load_failure(fake.core(0)), "");
  EXPECT_EQ(load_failure(fake.core(1)).size(), 512u);
}

} // namespace
} // namespace kif::provider
