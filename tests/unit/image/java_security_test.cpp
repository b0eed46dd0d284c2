// SPDX-License-Identifier: Apache-2.0
#include "image/java_security.h"

#include <gtest/gtest.h>

namespace kif::image {
namespace {

constexpr std::string_view k_mark = "\n# --- what follows was put here by kif harden\n";

std::string edited(std::string_view theirs, std::string_view ours, bool keep_sun = false) {
  return edit_java_security(theirs, ours, {.keep_sun = keep_sun});
}

TEST(JavaSecurity, TheirProvidersGoAndOtherLinesStay) {
  EXPECT_EQ(edited("# head\nsecurity.provider.1=SUN\nsecurity.provider.tbd=X\nttl=10\nsecurity.provider.12=SunEC\n",
                   "security.provider.1=ours\n"),
            "# head\nttl=10\n" + std::string(k_mark) + "security.provider.1=ours\n");
}

TEST(JavaSecurity, APropertyIsReplacedWithAllTheLinesThatItGoesOnIn) {
  EXPECT_EQ(edited("tls.disabled=A, \\\n    B, \\\n    C\nkept=1\n", "tls.disabled=Z\n"),
            "kept=1\n" + std::string(k_mark) + "tls.disabled=Z\n");
  // Two backslashes are one that is meant, and a comment does not go on.
  EXPECT_EQ(edited("a=x\\\\\nb=1\n# no \\\nb=2\n", "b=3\n"), "a=x\\\\\n# no \\\n" + std::string(k_mark) + "b=3\n");
}

TEST(JavaSecurity, KeysAreFoundHoweverTheyAreWritten) {
  EXPECT_EQ(edited("  key = 1\nkey:2\nkey 3\nkey\nkeys=4\n! key=5\n", "key=9\n"),
            "keys=4\n! key=5\n" + std::string(k_mark) + "key=9\n");
}

// As java.util.Properties takes them: found by the fuzz target, each kept a provider of the image's.
TEST(JavaSecurity, NoProviderIsHiddenByTheWayItIsWritten) {
  for (const char* const theirs :
       {"# c\rsecurity.provider.13=X\n", "\\\nsecurity.provider.13=X\n", "security.provid\\\n   er.13=X\n",
        "securit\\y.provider.13=X\n", "\\u0073ecurity.provider.13=X\n", "\fsecurity.provider.13=X\n"})
    EXPECT_EQ(edited(theirs, "security.provider.1=ours\n").find('X'), std::string::npos) << theirs;
  EXPECT_NE(edited("\\\n# security.provider.13=X\n", "a=1\n").find('X'), std::string::npos) << "its key is '#'";
}

TEST(JavaSecurity, FilesWithoutALastNewlineOrWithCarriageReturns) {
  EXPECT_EQ(edited("a=1\r\nb=2", "c=3"), "a=1\nb=2\n" + std::string(k_mark) + "c=3\n");
  EXPECT_EQ(edited("", ""), std::string(k_mark));
  EXPECT_EQ(edited("security.provider.1=A\\", "x=1\n"), std::string(k_mark) + "x=1\n"); // cut off in the middle
}

TEST(JavaSecurity, SunIsKeptAsTheLastAndSaysSo) {
  const std::string text = edited("security.provider.1=SUN\n", "security.provider.1=A\nsecurity.provider.2=B\n", true);
  EXPECT_NE(text.find("\nsecurity.provider.3=SUN\n# Asked last whose a key store "
                      "is.\nsecurity.provider.4=kif.java.LastStores\nkif.sun=kept\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(edited("", "security.provider.1=A\n").find("SUN"), std::string::npos);
}

TEST(JavaSecurity, WhatIsChosenIsSaid) {
  const std::string text = edit_java_security("a=1\n", "b=2\n", {.short_hmac_keys = true});
  EXPECT_NE(text.find("\nkif.short-hmac-keys=allowed\n"), std::string::npos);
  EXPECT_NE(
      text.find("\njdk.security.provider.preferred=KeyStore.BCFKS:KIF, SecretKeyFactory.PBKDF2WithHmacSHA1:KIF, "),
      std::string::npos);
  EXPECT_EQ(edit_java_security("a=1\n", "b=2\n", {}).find("short-hmac-keys"), std::string::npos);
}

} // namespace
} // namespace kif::image
