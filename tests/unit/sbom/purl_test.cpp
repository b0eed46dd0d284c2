// SPDX-License-Identifier: Apache-2.0
// Package URLs: examples of ECMA-427 and of producers, and what is none.
#include <string>

#include <gtest/gtest.h>

#include "sbom/purl.h"
#include "shown.h"

namespace kif::sbom {
namespace {

std::string parts(const std::string& text) {
  const auto purl = Purl::parse(text);
  if (!purl)
    return refusal(purl);
  std::string result = purl->type + "|" + purl->name_space + "|" + purl->name + "|" + purl->version;
  for (const auto& [key, value] : purl->qualifiers)
    result += "|" + key + "=" + value;
  return result;
}

TEST(Purl, PartsAreDecoded) {
  EXPECT_EQ(parts("pkg:apk/wolfi/libcrypto3@3.4.0-r2?arch=x86_64"), "apk|wolfi|libcrypto3|3.4.0-r2|arch=x86_64");
  EXPECT_EQ(parts("pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64&distro=debian-12"),
            "deb|debian|libstdc++6|12.2.0-14|arch=amd64|distro=debian-12");
  EXPECT_EQ(parts("pkg:deb/debian/libstdc++6@1:2%3A3"), "deb|debian|libstdc++6|1:2:3");
  EXPECT_EQ(parts("pkg:npm/%40angular/animation@12.3.1"), "npm|@angular|animation|12.3.1");
  EXPECT_EQ(parts("pkg:npm/@angular/animation"), "npm|@angular|animation|");
  EXPECT_EQ(parts("pkg:golang/google.golang.org/genproto@abcdedf#/googleapis/api/annotations/"),
            "golang|google.golang.org|genproto|abcdedf");
  EXPECT_EQ(parts("pkg:github/wolfi-dev/os@23e8#unbound.yaml"), "github|wolfi-dev|os|23e8");
  EXPECT_EQ(parts("pkg:oci/image?mediaType=&os=linux"), "oci||image||os=linux");
  EXPECT_EQ(parts("PKG://RPM/fedora//curl@7.50.3-1.fc25?Arch=i386"), "rpm|fedora|curl|7.50.3-1.fc25|arch=i386");
  EXPECT_EQ(parts("pkg:generic/openssl@1?download_url=https://x/y?z&checksum=sha256:0"),
            "generic||openssl|1|download_url=https://x/y?z|checksum=sha256:0");
}

TEST(Purl, WhatIsNoneIsRefused) {
  EXPECT_EQ(parts(""), "invalid_input: cannot read package URL \"\": it does not begin with \"pkg:\"");
  EXPECT_EQ(parts("pkg"), "invalid_input: cannot read package URL \"pkg\": it does not begin with \"pkg:\"");
  EXPECT_EQ(parts("http://x/y"),
            "invalid_input: cannot read package URL \"http://x/y\": it does not begin with \"pkg:\"");
  EXPECT_EQ(parts("pkg:"), "invalid_input: cannot read package URL \"pkg:\": it has no valid type");
  EXPECT_EQ(parts("pkg:apk"), "invalid_input: cannot read package URL \"pkg:apk\": it has no valid type");
  EXPECT_EQ(parts("pkg:3a/b"), "invalid_input: cannot read package URL \"pkg:3a/b\": it has no valid type");
  EXPECT_EQ(parts("pkg:a%62/c"), "invalid_input: cannot read package URL \"pkg:a%62/c\": it has no valid type");
  EXPECT_EQ(parts("pkg:apk/"), "invalid_input: cannot read package URL \"pkg:apk/\": it has no name");
  EXPECT_EQ(parts("pkg:apk/wolfi/@1"), "invalid_input: cannot read package URL \"pkg:apk/wolfi/@1\": it has no name");
  const std::string percent = "a % is not followed by two hex digits, or stands for a control character";
  for (const std::string text :
       {"pkg:apk/a%", "pkg:apk/a%2", "pkg:apk/a%zz", "pkg:apk/a%00", "pkg:apk/n%/a", "pkg:apk/a@%0a", "pkg:apk/a?b=%"})
    EXPECT_EQ(parts(text), "invalid_input: cannot read package URL \"" + text + "\": " + percent);
  EXPECT_EQ(parts("pkg:apk/a?=b"),
            "invalid_input: cannot read package URL \"pkg:apk/a?=b\": a qualifier has no valid key");
  EXPECT_EQ(parts("pkg:apk/a?b%=c"),
            "invalid_input: cannot read package URL \"pkg:apk/a?b%=c\": a qualifier has no valid key");
  EXPECT_EQ(parts("pkg:apk/a?b=1&B=2"),
            "invalid_input: cannot read package URL \"pkg:apk/a?b=1&B=2\": qualifier \"b\" appears twice");
  EXPECT_EQ(parts(std::string(4097, 'p')), "too_large: cannot read package URL \"" + std::string(200, 'p') +
                                               "…\": longer than the bound of 4096 bytes");
}

} // namespace
} // namespace kif::sbom
