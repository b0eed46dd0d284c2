// SPDX-License-Identifier: Apache-2.0
#include "provider/reasons.h"

#include <set>
#include <string_view>

#include <gtest/gtest.h>
#include <openssl/err.h>

namespace kif::provider {
namespace {

TEST(ReasonsTest, EveryErrorOfTheSourceHasItsOwnText) {
  std::set<unsigned> ids;
  std::size_t count = 0;
  for (const OSSL_ITEM* item = reason_strings(); item->id != 0; ++item, ++count) {
    ids.insert(item->id);
    EXPECT_EQ(ERR_GET_LIB(item->id), 0) << "libcrypto would refuse the whole table";
    if (item->id == k_reason_no_module)
      continue;
    const auto error = static_cast<entropy::SourceError>(count);
    EXPECT_EQ(item->id, reason_of(error));
    // A null character stands where describe()'s text ends.
    if (error != entropy::SourceError::none) {
      EXPECT_EQ(std::string_view(static_cast<const char*>(item->ptr)), entropy::describe(error));
    }
  }
  EXPECT_EQ(count, static_cast<std::size_t>(entropy::SourceError::no_memory) + 2);
  EXPECT_EQ(ids.size(), count);
}

} // namespace
} // namespace kif::provider
