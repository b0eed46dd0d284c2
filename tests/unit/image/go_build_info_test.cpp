// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/go_build_info.h"

#include <gtest/gtest.h>

namespace kif::image {
namespace {

using namespace std::string_literals;

std::string sized(const std::string& text) {
  std::string head;
  std::size_t size = text.size();
  for (; size >= 0x80; size >>= 7)
    head += static_cast<char>((size & 0x7f) | 0x80);
  return head + static_cast<char>(size) + text;
}

// What the linker writes: the head at a multiple of 16, Go's version, and the modules between their marks.
std::string program(const std::string& modules, const std::string& version = "go1.24.4",
                    const std::string& functions = "\0crypto/rand.Read\0"s) {
  std::string bytes = std::string(48, 'x') + "\xff Go buildinf:" + "\x08\x02"s + std::string(16, '\0');
  bytes += sized(version) + sized(std::string(16, '<') + modules + std::string(16, '>'));
  return bytes + functions;
}

std::optional<GoBuildInfo> read(const std::string& bytes) {
  return read_go_build_info(std::as_bytes(std::span(bytes)));
}

TEST(GoBuildInfo, PlainGoHasItsOwnCryptography) {
  const auto info = read(program("path\tcommand\nbuild\tCGO_ENABLED=0\n"));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->go_version, "go1.24.4");
  EXPECT_EQ(info->fips_module, "");
  EXPECT_EQ(info->cryptography, GoCryptography::own);
}

TEST(GoBuildInfo, AProgramWithoutCryptographyHasNone) {
  EXPECT_EQ(read(program("path\tcommand\n", "go1.24.4", "\0fmt.Println\0"s))->cryptography, GoCryptography::none);
  EXPECT_EQ(read(program("path\tcommand\n", "go1.24.4", "\0my/crypto/rand.Read\0"s))->cryptography,
            GoCryptography::none);
}

TEST(GoBuildInfo, GosOwnModuleIsNamed) {
  const auto info = read(program("build\tDefaultGODEBUG=fips140=on\nbuild\tGOFIPS140=v1.0.0\nbuild\tGOOS=linux\n"));
  EXPECT_EQ(info->fips_module, "v1.0.0");
  EXPECT_EQ(info->cryptography, GoCryptography::own_module);
  EXPECT_EQ(read(program("build\tGOFIPS140=off\n"))->cryptography, GoCryptography::own);
}

TEST(GoBuildInfo, BindingsToOpensslAreFound) {
  for (const char* line : {"dep\tgithub.com/golang-fips/openssl/v2\tv2.0.3\th1:x=\n",
                           "dep\tgithub.com/microsoft/go-crypto-openssl\tv0.2.9\th1:x=\n",
                           "build\tGOEXPERIMENT=systemcrypto\n", "build\tGOEXPERIMENT=aliastypeparams,opensslcrypto\n"})
    EXPECT_EQ(read(program("path\tcommand\n"s + line))->cryptography, GoCryptography::openssl) << line;
  // A dependency that only has the name within its own is none of them.
  EXPECT_EQ(read(program("dep\texample.com/github.com/golang-fips/openssl\tv1.0.0\n"))->cryptography,
            GoCryptography::own);
}

TEST(GoBuildInfo, AProgramOfAnotherKindIsNone) {
  EXPECT_FALSE(read(""));
  EXPECT_FALSE(read("\0crypto/rand.Read\0"s));
  EXPECT_FALSE(read(program("path\tcommand\n", "rust")));
  // The mark at a place where the linker does not put it: in the code of a program that looks for it.
  EXPECT_FALSE(read("x" + program("path\tcommand\n")));
  EXPECT_TRUE(read(program("path\tcommand\n") + "\xff Go buildinf:"));
}

TEST(GoBuildInfo, NoCutAndNoLengthLeadsOutsideTheFile) {
  const std::string whole = program("path\tcommand\nbuild\tGOFIPS140=v1.0.0\n", "go1.24.4", "");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read(whole.substr(0, size))) << size;
  EXPECT_TRUE(read(whole));
  std::string bytes = whole;
  for (std::size_t at = 80; at < 92; ++at) // the lengths: too long, and never ending
    for (const char wrong : {'\x7f', '\xff'}) {
      bytes = whole;
      bytes.replace(at, 1, 1, wrong);
      read(bytes);
    }
  EXPECT_FALSE(read(whole.substr(0, 80) + std::string(20, '\xff')));
}

TEST(GoBuildInfo, FlagsOfAnotherFormatAreNotFollowed) {
  std::string bytes = program("path\tcommand\n");
  bytes[48 + 15] = 0; // pointers instead of strings: Go before 1.18
  EXPECT_FALSE(read(bytes));
}

} // namespace
} // namespace kif::image
