// SPDX-License-Identifier: Apache-2.0
#include "host/vdso.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace kif::host {
namespace {

// Every Linux since 2.6 has it on these two.
TEST(Vdso, ThisProcessesOwnTellsTheTime) {
  const auto names = vdso_functions();
  ASSERT_TRUE(names) << names.error().message;
  EXPECT_TRUE(std::ranges::any_of(*names, [](const std::string& name) {
    return name == "__vdso_clock_gettime" || name == "__kernel_clock_gettime";
  }));
}

} // namespace
} // namespace kif::host
