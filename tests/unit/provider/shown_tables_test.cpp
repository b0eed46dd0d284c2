// SPDX-License-Identifier: Apache-2.0
#include "provider/shown_tables.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/core_dispatch.h>

namespace kif::provider {
namespace {

std::vector<std::string> names(const OSSL_ALGORITHM* table) {
  std::vector<std::string> found;
  for (; table != nullptr && table->algorithm_names != nullptr; ++table)
    found.emplace_back(table->algorithm_names);
  return found;
}

std::vector<OSSL_ALGORITHM> table_of(const std::vector<const char*>& algorithm_names) {
  std::vector<OSSL_ALGORITHM> table;
  for (const char* name : algorithm_names)
    table.push_back({name, "fips=yes", nullptr, nullptr});
  table.push_back({});
  return table;
}

TEST(ShownTablesTest, AnyNameOfAnAlgorithmHidesItWhateverItsCase) {
  const auto table = table_of({"ECDH", "X25519:1.3.101.110", "X448:1.3.101.111", "X25519MLKEM768"});
  ShownTables tables;
  ASSERT_TRUE(tables.set_names("x25519, 1.3.101.111"));
  ASSERT_TRUE(tables.add_table(OSSL_OP_KEYEXCH, table.data()));
  EXPECT_EQ(names(tables.filtered(OSSL_OP_KEYEXCH, table.data())),
            (std::vector<std::string>{"ECDH", "X25519MLKEM768"}));
}

TEST(ShownTablesTest, TablesWithoutAHiddenNameStayTheModulesOwn) {
  const auto table = table_of({"SHA2-256", "SHA1"});
  ShownTables tables;
  ASSERT_TRUE(tables.set_names("X25519"));
  ASSERT_TRUE(tables.add_table(OSSL_OP_DIGEST, table.data()));
  EXPECT_EQ(tables.filtered(OSSL_OP_DIGEST, table.data()), table.data());
  EXPECT_EQ(tables.filtered(OSSL_OP_DIGEST, nullptr), nullptr);
}

TEST(ShownTablesTest, ATableThatWasNeverSeenIsNotShown) {
  const auto seen = table_of({"X25519"});
  const auto other = table_of({"X25519"});
  ShownTables tables;
  ASSERT_TRUE(tables.set_names("X25519"));
  ASSERT_TRUE(tables.add_table(OSSL_OP_KEYMGMT, seen.data()));
  EXPECT_EQ(tables.filtered(OSSL_OP_KEYMGMT, other.data()), nullptr);
  EXPECT_EQ(tables.filtered(OSSL_OP_KEYEXCH, seen.data()), nullptr);
  EXPECT_EQ(tables.filtered(ShownTables::k_operations, seen.data()), nullptr);
  EXPECT_EQ(tables.filtered(-1, seen.data()), nullptr);
  EXPECT_TRUE(names(tables.filtered(OSSL_OP_KEYMGMT, seen.data())).empty());
}

TEST(ShownTablesTest, HidingNothingShowsEverything) {
  const auto table = table_of({"X25519"});
  ShownTables tables;
  ASSERT_TRUE(tables.set_names(""));
  EXPECT_EQ(tables.filtered(99, table.data()), table.data());
}

TEST(ShownTablesTest, SeveralTablesShareTheRoomAndACopyStandsAlone) {
  const auto first = table_of({"A", "X"});
  const auto second = table_of({"X", "B", "C"});
  ShownTables copy;
  {
    ShownTables tables;
    ASSERT_TRUE(tables.set_names("X"));
    ASSERT_TRUE(tables.add_table(1, first.data()));
    ASSERT_TRUE(tables.add_table(2, second.data()));
    copy = tables;
  }
  EXPECT_EQ(names(copy.filtered(1, first.data())), std::vector<std::string>{"A"});
  EXPECT_EQ(names(copy.filtered(2, second.data())), (std::vector<std::string>{"B", "C"}));
}

TEST(ShownTablesTest, BadListsAreRefused) {
  ShownTables tables;
  for (const std::string& list : {std::string(","), std::string("A,,B"), std::string("A, "), std::string(300, 'a')}) {
    const auto result = tables.set_names(list);
    ASSERT_FALSE(result) << list;
    EXPECT_EQ(result.error().code, ErrorCode::invalid_input);
  }
  std::vector<const char*> many(600, "A");
  many.push_back("X");
  ASSERT_TRUE(tables.set_names("X"));
  EXPECT_FALSE(tables.add_table(1, table_of(many).data()));
}

} // namespace
} // namespace kif::provider
