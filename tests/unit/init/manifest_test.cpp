// SPDX-License-Identifier: Apache-2.0
#include "init/manifest.h"

#include <filesystem>
#include <random>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"

namespace kif::init {
namespace {

const std::string k_a(64, 'a');
const std::string k_b(64, 'b');

std::string message_of(const std::string& text) {
  const auto parsed = parse_manifest(text, "m");
  return parsed ? "" : parsed.error().message;
}

TEST(Manifest, BothFormsOfSha256sumAreRead) {
  const auto entries = parse_manifest(k_a + "  /usr/lib/x.so\n" + k_b + " */etc/with space\n", "m").value();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].sha256, k_a);
  EXPECT_EQ(entries[0].path, "/usr/lib/x.so");
  EXPECT_EQ(entries[1].path, "/etc/with space");
}

TEST(Manifest, EachMalformedLineIsNamed) {
  EXPECT_EQ(message_of(""), "cannot read m: is empty");
  EXPECT_EQ(message_of(k_a + "  /x"), "cannot read m, line 1: is cut off");
  EXPECT_EQ(message_of(k_a + "  /x\n\n"), "cannot read m, line 2: is not a SHA-256 digest and a path");
  EXPECT_EQ(message_of(std::string(63, 'a') + "  /x\n"), "cannot read m, line 1: is not a SHA-256 digest and a path");
  EXPECT_EQ(message_of(std::string(64, 'A') + "  /x\n"), "cannot read m, line 1: is not a SHA-256 digest and a path");
  EXPECT_EQ(message_of(k_a + " /x\n"), "cannot read m, line 1: is not a SHA-256 digest and a path");
  EXPECT_EQ(message_of(k_a + "  \n"), "cannot read m, line 1: is not a SHA-256 digest and a path");
  EXPECT_EQ(message_of("\\" + k_a + "  /x\\ny\n"), "cannot read m, line 1: is not a SHA-256 digest and a path");
  EXPECT_EQ(message_of(k_a + "  /x\n" + k_b + "  /x\n"), "cannot read m, line 2: names a file for the second time");
}

TEST(Manifest, OnlyPlainAbsolutePathsAreTaken) {
  for (const char* path : {"x", "./x", "/", "//x", "/x/", "/./x", "/a/../x", "/..", "/a\tb"})
    EXPECT_EQ(message_of(k_a + "  " + path + "\n"), "cannot read m, line 1: the path is not a plain absolute one")
        << path;
  EXPECT_EQ(message_of(k_a + "  /..x/.y\n"), "");
}

TEST(Manifest, SizeAndCountAreBounded) {
  std::string text;
  for (std::size_t i = 0; i < k_max_manifest_entries; ++i)
    text += k_a + "  /" + std::to_string(i) + "\n";
  EXPECT_EQ(message_of(text), "");
  EXPECT_EQ(message_of(text + k_a + "  /one-more\n"), "cannot read m, line 257: too many entries");
  EXPECT_EQ(message_of(std::string(k_max_manifest_bytes + 1, '\n')),
            "cannot read m: larger than the bound of 65536 bytes");
}

TEST(Manifest, WhateverIsDamagedWhatIsReadKeepsToTheRules) {
  const std::string whole = k_a + "  /usr/lib/x.so\n" + k_b + " */etc/y\n";
  std::minstd_rand random(1); // the same damage in every run
  for (int round = 0; round < 20'000; ++round) {
    std::string text = whole.substr(0, whole.size() - random() % 3);
    for (unsigned changes = random() % 4; changes > 0; --changes)
      text[random() % text.size()] = "\0\n /.*\\aF"[random() % 9];
    const auto entries = parse_manifest(text, "m");
    if (!entries)
      continue;
    for (const ManifestEntry& entry : *entries) {
      EXPECT_EQ(entry.sha256.find_first_not_of("0123456789abcdef"), std::string::npos);
      EXPECT_TRUE(entry.path.starts_with('/'));
      EXPECT_EQ((entry.path + "/").find("/../"), std::string::npos);
    }
  }
}

TEST(Manifest, AFileOfTheLayerThatIsNotNamedIsMissed) {
  const auto entries = parse_manifest(k_a + "  /a\n", "m").value();
  const std::vector<std::string> both = {"/a", "/b"};
  EXPECT_TRUE(require_entries(entries, std::span(both).first(1), "m"));
  EXPECT_EQ(require_entries(entries, both, "m").error().message, "cannot use m: it does not name /b");
}

/// Not a hash: the content itself, as far as it fits. What is tested here is who reads what.
class ContentHash final : public Hash {
public:
  Result<void> start() override {
    m_text.clear();
    return {};
  }
  Result<void> update(std::span<const std::byte> bytes) override {
    m_text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  Result<std::string> finish() override { return m_text; }

private:
  std::string m_text;
};

class VerifyFilesTest : public testing::Test {
protected:
  TempDir m_dir = TempDir::create("kif-manifest-test-").value();
  std::string m_path = (m_dir.path() / "file").string();
  ContentHash m_hash;

  void write(std::string_view text) {
    auto file = AtomicFile::create(m_path).value();
    ASSERT_TRUE(file.write(text));
    ASSERT_TRUE(file.commit());
  }
  Result<void> verify(const std::string& digest) {
    const std::vector<ManifestEntry> entries = {{digest, m_path}};
    return verify_files(entries, m_hash);
  }
};

TEST_F(VerifyFilesTest, TheWholeContentIsHashed) {
  const std::string large(300'000, 'x');
  write(large);
  EXPECT_TRUE(verify(large));
}

TEST_F(VerifyFilesTest, AChangedFileIsNamedWithBothDigests) {
  write("changed");
  const auto verified = verify("built");
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::digest_mismatch);
  EXPECT_EQ(verified.error().message, "cannot verify " + m_path + ": its content is not what the layer was built with");
  EXPECT_EQ(verified.error().expected, "sha256:built");
  EXPECT_EQ(verified.error().got, "sha256:changed");
}

TEST_F(VerifyFilesTest, WhatIsNotARegularFileIsRefusedWithoutWaiting) {
  EXPECT_EQ(verify("x").error().code, ErrorCode::not_found);
  std::filesystem::create_directory(m_path);
  EXPECT_EQ(verify("x").error().message, "cannot verify " + m_path + ": is not a regular file");
  std::filesystem::remove(m_path);
  ASSERT_EQ(::mkfifo(m_path.c_str(), 0600), 0);
  EXPECT_EQ(verify("x").error().message, "cannot verify " + m_path + ": is not a regular file");
  std::filesystem::remove(m_path);
  std::filesystem::create_symlink("/dev/null", m_path);
  EXPECT_EQ(verify("x").error().message, "cannot verify " + m_path + ": is a symbolic link");
}

TEST_F(VerifyFilesTest, AFileOverTheBoundIsNotRead) {
  write("");
  std::filesystem::resize_file(m_path, k_max_file_bytes + 1); // sparse
  EXPECT_EQ(verify("x").error().code, ErrorCode::too_large);
}

} // namespace
} // namespace kif::init
