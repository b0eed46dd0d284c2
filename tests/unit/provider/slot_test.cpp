// SPDX-License-Identifier: Apache-2.0
// The slots are the process's, so tests share them: each test has a module file of its own.
#include "provider/slot.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "fake_core.h"
#include "mock_noise_source.h"
#include "provider/core/dispatch.h"
#include "provider/core/params.h"

namespace kif::provider {
namespace {

struct Loaded {
  bool loaded = false;
  const OSSL_DISPATCH* out = nullptr;
  void* context = nullptr;
  std::string error;

  template <class Function> Function* function(int id) const {
    for (const OSSL_DISPATCH* entry = out; entry->function_id != 0; ++entry)
      if (entry->function_id == id)
        return function_of<Function>(*entry);
    return nullptr;
  }
  const char* text(const char* key) const {
    const char* value = nullptr;
    OSSL_PARAM params[] = {{key, OSSL_PARAM_UTF8_PTR, &value, 0, OSSL_PARAM_UNMODIFIED}, OSSL_PARAM{}};
    function<OSSL_FUNC_provider_get_params_fn>(OSSL_FUNC_PROVIDER_GET_PARAMS)(context, params);
    return value;
  }
  std::vector<std::string> algorithms(int operation) const {
    int no_cache = 0;
    const OSSL_ALGORITHM* table = function<OSSL_FUNC_provider_query_operation_fn>(OSSL_FUNC_PROVIDER_QUERY_OPERATION)(
        context, operation, &no_cache);
    std::vector<std::string> names;
    for (; table != nullptr && table->algorithm_names != nullptr; ++table)
      names.emplace_back(table->algorithm_names);
    return names;
  }
};

/// What TLS 1.2 asks of this module.
int derive(const Loaded& module, std::string seed) {
  int no_cache = 0;
  const OSSL_ALGORITHM* table = module.function<OSSL_FUNC_provider_query_operation_fn>(
      OSSL_FUNC_PROVIDER_QUERY_OPERATION)(module.context, OSSL_OP_KDF, &no_cache);
  const OSSL_PARAM params[] = {{OSSL_KDF_PARAM_SEED, OSSL_PARAM_OCTET_STRING, seed.data(), seed.size(), 0},
                               OSSL_PARAM{}};
  for (const OSSL_DISPATCH* entry = table->implementation; entry->function_id != 0; ++entry)
    if (entry->function_id == OSSL_FUNC_KDF_DERIVE)
      return function_of<OSSL_FUNC_kdf_derive_fn>(*entry)(nullptr, nullptr, 0, params);
  return -1;
}

/// One source for all: slots keep pointing to it.
entropy::MockNoiseSource& noise() {
  static entropy::MockNoiseSource source;
  return source;
}
entropy::SeedSource& seeds() {
  static entropy::SeedSource source(noise(), {});
  return source;
}

struct SlotTest : testing::Test {
  SlotTest() { std::filesystem::copy_file(KIF_FAKE_MODULE, path); }

  Loaded load(int libcrypto, const std::string& hidden = "X25519", const std::string& module = {},
              Features refused = {}) {
    const auto lock = LoadLock::take().value();
    Loaded result;
    auto slot = Slot::acquire(fake.core(libcrypto), module.empty() ? path : module, hidden, refused, seeds(), lock);
    if (!slot) {
      result.error = slot.error().message;
      return result;
    }
    index = (*slot)->index();
    auto loaded = (*slot)->load(fake.handle(), fake.dispatch(libcrypto), &result.out, &result.context, lock);
    result.loaded = loaded && *loaded;
    if (!loaded)
      result.error = loaded.error().message;
    return result;
  }

  FakeCore fake;
  TempDir folder = TempDir::create("kif-slot").value();
  std::string path = (folder.path() / "fips.so").string();
  std::size_t index = k_slots;
};

TEST_F(SlotTest, TwoLibcryptosGetAModuleEachAndOneLibcryptoAlwaysTheSame) {
  const Loaded first = load(0);
  ASSERT_TRUE(first.loaded) << first.error;
  const std::size_t first_index = index;
  const Loaded second = load(1);
  ASSERT_TRUE(second.loaded) << second.error; // the module would refuse were it the same one
  EXPECT_NE(index, first_index);
  EXPECT_NE(first.text("address"), second.text("address"));
  const Loaded again = load(0);
  ASSERT_TRUE(again.loaded) << again.error;
  EXPECT_EQ(index, first_index);
  EXPECT_EQ(again.text("address"), first.text("address"));
  // After its load each module is told the file on disk; during it a copy was told its own bytes, which are gone by
  // now.
  EXPECT_EQ(first.text("seen-module-filename"), path);
  EXPECT_EQ(second.text("seen-module-filename"), path);
  EXPECT_EQ(fake.secure_memory_in_use, 0u);
  EXPECT_TRUE(fake.every_free_was_of_its_size);
}

TEST_F(SlotTest, AnotherNameOfTheSameFileIsACopyToo) {
  const std::string link = (folder.path() / "link.so").string();
  std::filesystem::create_symlink(path, link);
  const Loaded first = load(0);
  const Loaded second = load(1, "X25519", link);
  ASSERT_TRUE(first.loaded && second.loaded) << first.error << second.error;
  EXPECT_NE(first.text("address"), second.text("address"));
}

TEST_F(SlotTest, TheModulesSeedsAreTheSourcesAndNeverLibcryptos) {
  const auto before = seeds().counters().bytes_handed_out;
  ASSERT_TRUE(load(0).loaded); // libcrypto's own get_entropy aborts the test
  EXPECT_EQ(seeds().counters().bytes_handed_out, before + 16);
}

TEST_F(SlotTest, HiddenAlgorithmsAreGoneAndTheOthersStay) {
  const Loaded hidden = load(0);
  EXPECT_EQ(hidden.algorithms(OSSL_OP_KEYEXCH), std::vector<std::string>{"ECDH"});
  EXPECT_EQ(hidden.algorithms(OSSL_OP_DIGEST), std::vector<std::string>{"SHA2-256"});
  EXPECT_TRUE(hidden.algorithms(OSSL_OP_KEM).empty());
  const Loaded different = load(0, "");
  EXPECT_NE(different.error.find("kif-hide"), std::string::npos) << different.error;
  const Loaded all = load(1, "");
  EXPECT_EQ(all.algorithms(OSSL_OP_KEYEXCH), (std::vector<std::string>{"ECDH", "X25519:1.3.101.110"}));
}

TEST_F(SlotTest, WhatIsRefusedIsGuarded) {
  const Features refused(Feature::tls12_without_ems);
  const Loaded guarded = load(0, "", {}, refused);
  ASSERT_TRUE(guarded.loaded) << guarded.error;
  EXPECT_EQ(guarded.algorithms(OSSL_OP_KDF), std::vector<std::string>{"TLS1-PRF"});
  EXPECT_EQ(derive(guarded, "master secret"), 0);
  EXPECT_EQ(derive(guarded, "extended master secret"), 1);
  ASSERT_EQ(fake.errors.size(), 1u);
  EXPECT_EQ(fake.errors.front().text, sentence_of(Feature::tls12_without_ems));
  const Loaded again = load(0, "", {}, refused);
  EXPECT_EQ(derive(again, "master secret"), 0);
  const Loaded different = load(0, "", {}, Features(Feature::kdf_digests));
  EXPECT_FALSE(different.loaded);
  EXPECT_NE(different.error.find("kif-refuse"), std::string::npos) << different.error;
}

TEST_F(SlotTest, AFileThatCannotBeLoadedTakesNoPlace) {
  for (std::size_t i = 0; i < 2 * k_slots; ++i) {
    const Loaded result = load(0, "", folder.path() / ("missing-" + std::to_string(i)));
    EXPECT_FALSE(result.loaded);
    EXPECT_NE(result.error.find("missing-" + std::to_string(i)), std::string::npos) << result.error;
  }
}

TEST_F(SlotTest, WhenAllPlacesAreTakenTheErrorSaysSo) {
  std::optional<std::string> refusal;
  for (std::size_t i = 0; i <= k_slots && !refusal; ++i) {
    const auto other = folder.path() / ("fips-" + std::to_string(i) + ".so");
    std::filesystem::copy_file(KIF_FAKE_MODULE, other);
    if (const Loaded result = load(0, "", other.string()); !result.loaded)
      refusal = result.error;
  }
  ASSERT_TRUE(refusal);
  EXPECT_NE(refusal->find("all 8 places"), std::string::npos) << *refusal;
}

TEST(UpcallTableTest, NoSeedUpcallOfLibcryptoIsLeft) {
  FakeCore fake;
  const auto table = UpcallTable::make(fake.dispatch(), trampolines(3));
  ASSERT_TRUE(table);
  std::vector<int> ids;
  for (const OSSL_DISPATCH* entry = table->data(); entry->function_id != 0; ++entry)
    ids.push_back(entry->function_id);
  for (const int id : {96, 97, 98, 99, 101, 102, 103, 104})
    EXPECT_EQ(std::count(ids.begin(), ids.end(), id), 1) << id;
  for (const OSSL_DISPATCH* entry = fake.dispatch(); entry->function_id != 0; ++entry)
    EXPECT_EQ(std::count(ids.begin(), ids.end(), entry->function_id), 1) << entry->function_id;
  for (const OSSL_DISPATCH* entry = table->data(); entry->function_id != 0; ++entry)
    if (entry->function_id == OSSL_FUNC_GET_ENTROPY || entry->function_id == k_get_user_entropy) {
      EXPECT_EQ(function_of<OSSL_FUNC_get_entropy_fn>(*entry), trampolines(3).get_entropy);
    }
}

TEST(UpcallTableTest, ATableWithoutEndIsRefused) {
  std::vector<OSSL_DISPATCH> entries(300, OSSL_DISPATCH{2000, nullptr});
  entries.push_back({});
  EXPECT_FALSE(UpcallTable::make(entries.data(), trampolines(0)));
}

TEST(TrampolinesTest, EverySlotHasItsOwn) {
  for (std::size_t i = 0; i < k_slots; ++i)
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(trampolines(i).core_get_params, trampolines(j).core_get_params);
      EXPECT_NE(trampolines(i).get_entropy, trampolines(j).get_entropy);
      EXPECT_NE(trampolines(i).cleanup_nonce, trampolines(j).cleanup_nonce);
    }
}

} // namespace
} // namespace kif::provider
