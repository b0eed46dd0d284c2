// SPDX-License-Identifier: Apache-2.0
#include "registry/blob_cache.h"

#include <gtest/gtest.h>

#include "oci/text_reader.h"
#include "test_image.h"

namespace kif::oci {
namespace {

namespace fs = std::filesystem;

class BlobCacheTest : public testing::Test {
protected:
  BlobCache cache(const fs::path& folder) {
    return BlobCache(folder, [this](const std::string& text) { m_warnings.push_back(text); });
  }
  static std::function<Result<std::unique_ptr<Reader>>()> text(const std::string& content) {
    return [content]() -> Result<std::unique_ptr<Reader>> {
      return std::make_unique<VerifiedReader>(
          std::make_unique<TextReader>(std::make_shared<const std::string>(content)),
          Digest::of(std::string_view("right")), 5, "it");
    };
  }
  fs::path file() const { return m_folder / "sha256" / m_digest.hex(); }
  std::string content() const { return read_file(file(), 100).value_or("none"); }

  Scene m_scene;
  const fs::path m_folder = m_scene.path("cache");
  const Digest m_digest = Digest::of(std::string_view("right"));
  std::vector<std::string> m_warnings;
};

TEST_F(BlobCacheTest, ABlobIsKeptForOthers) {
  BlobCache one = cache(m_folder);
  EXPECT_FALSE(one.find(m_digest));
  EXPECT_FALSE(one.known(m_digest));
  EXPECT_TRUE(one.keep(m_digest, text("right")).value());
  EXPECT_EQ(one.find(m_digest), file());
  EXPECT_EQ(one.known(m_digest), file());
  EXPECT_EQ(content(), "right");
  BlobCache other = cache(m_folder);
  EXPECT_FALSE(other.known(m_digest)) << "it did not look yet";
  EXPECT_EQ(other.find(m_digest), file());
  EXPECT_TRUE(m_warnings.empty());
}

TEST_F(BlobCacheTest, AWrongBlobGetsNoName) {
  BlobCache one = cache(m_folder);
  for (const char* wrong : {"wrong", "righ", "right!"})
    EXPECT_EQ(one.keep(m_digest, text(wrong)).error().code, ErrorCode::digest_mismatch) << wrong;
  EXPECT_FALSE(one.find(m_digest));
  EXPECT_TRUE(fs::is_empty(m_folder / "sha256")) << "nothing half-written either";
}

TEST_F(BlobCacheTest, AWrongBlobThatLiesThereGoes) {
  fs::create_directories(m_folder / "sha256");
  const auto is_removed = [&] {
    const bool was_found = cache(m_folder).find(m_digest).has_value();
    return !was_found && !fs::exists(fs::symlink_status(file()));
  };
  write_file(file(), "wrong");
  EXPECT_TRUE(is_removed());
  write_file(m_scene.path("elsewhere"), "right");
  fs::create_symlink(m_scene.path("elsewhere"), file());
  EXPECT_TRUE(is_removed()) << "no link leads out of the cache";
  EXPECT_TRUE(fs::exists(m_scene.path("elsewhere")));
  fs::create_directory(file());
  EXPECT_TRUE(is_removed());
}

TEST_F(BlobCacheTest, WithoutItsFolderATemporaryOneServes) {
  write_file(m_scene.path("file"), "");
  fs::path place;
  {
    BlobCache one = cache(m_scene.path("file/x"));
    EXPECT_TRUE(one.keep(m_digest, text("right")).value());
    EXPECT_TRUE(one.keep(m_digest, text("right")).value());
    place = one.find(m_digest).value();
    EXPECT_TRUE(fs::exists(place));
  }
  EXPECT_FALSE(fs::exists(place));
  ASSERT_EQ(m_warnings.size(), 1U) << "once";
  EXPECT_EQ(m_warnings.front(), "keeping nothing of what is fetched: cannot make " +
                                    m_scene.path("file/x/sha256").string() + ": Not a directory");
}

TEST_F(BlobCacheTest, WhatAKilledProcessLeftIsRemovedAfterADay) {
  fs::create_directories(m_folder / "sha256");
  const fs::path old = m_folder / "sha256/aa.part-123456";
  const fs::path young = m_folder / "sha256/bb.part-123456";
  write_file(old, "x");
  write_file(young, "x");
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(25));
  EXPECT_TRUE(cache(m_folder).keep(m_digest, text("right")).value());
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young)) << "another process may be at it";
}

TEST(CacheFolder, FollowsXdg) {
  const auto folder = [](std::map<std::string, std::string> variables) {
    return default_cache_folder([&](const char* name) { return variables[name]; });
  };
  EXPECT_EQ(folder({{"HOME", "/h"}}), "/h/.cache/kif/blobs");
  EXPECT_EQ(folder({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/c"}}), "/c/kif/blobs");
  EXPECT_EQ(folder({{"HOME", "/h"}, {"XDG_CACHE_HOME", "relative"}}), "/h/.cache/kif/blobs");
  EXPECT_EQ(folder({}), "");
}

} // namespace
} // namespace kif::oci
