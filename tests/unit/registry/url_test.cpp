// SPDX-License-Identifier: Apache-2.0
#include "registry/url.h"

#include <gtest/gtest.h>

namespace kif::oci {
namespace {

std::string parsed(const std::string& text) {
  const auto url = Url::parse(text, "URL");
  return url ? url->text() : url.error().message;
}

TEST(Url, IsTakenApart) {
  const Url url = Url::parse("https://H.example:8443/a/b?c=d#e", "URL").value();
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "h.example");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.target, "/a/b?c=d");
  EXPECT_EQ(parsed("https://h.example"), "https://h.example/");
  EXPECT_EQ(parsed("HTTPS://h.example:443/x"), "https://h.example/x");
  EXPECT_EQ(parsed("http://[::1]:80/x"), "http://[::1]/x");
  EXPECT_EQ(parsed("http://h.example:443/"), "http://h.example:443/");
}

TEST(Url, WhatIsNoneOrHoldsALoginIsRefused) {
  EXPECT_EQ(parsed("ftp://h.example/"), "cannot use URL \"ftp://h.example/\": it is neither http nor https");
  EXPECT_EQ(parsed("file:///etc/passwd"), "cannot use URL \"file:///etc/passwd\": it is neither http nor https");
  EXPECT_EQ(parsed("https://me:secret@h.example/"), "cannot use URL \"…\": it holds a user or a password");
  EXPECT_EQ(parsed("/x"), "cannot use URL \"/x\": it is no URL");
  EXPECT_EQ(parsed(""), "cannot use URL \"\": it is no URL");
  EXPECT_EQ(parsed("https://h.example/a b"), "cannot use URL \"https://h.example/a b\": it is no URL");
  EXPECT_EQ(parsed("https://h.example/\r\nX: y"), "cannot use URL \"https://h.example/\r\nX: y\": it is no URL");
  EXPECT_EQ(parsed(std::string("https://h.example/\0x", 20)),
            std::string("cannot use URL \"https://h.example/") + '\0' + "x\": it is no URL");
}

TEST(Url, ReferencesAreSeenFromIt) {
  const Url base = Url::parse("https://h.example:1/v2/a?b", "URL").value();
  EXPECT_EQ(base.resolve("/x?y", "URL").value().text(), "https://h.example:1/x?y");
  EXPECT_EQ(base.resolve("x", "URL").value().text(), "https://h.example:1/v2/x");
  EXPECT_EQ(base.resolve("?n=2", "URL").value().text(), "https://h.example:1/v2/a?n=2");
  EXPECT_EQ(base.resolve("http://other.example", "URL").value().text(), "http://other.example/");
  EXPECT_EQ(base.resolve("//other.example/x", "URL").value().text(), "https://other.example/x");
}

TEST(Url, OriginAndLoopback) {
  const auto url = [](const char* text) { return Url::parse(text, "URL").value(); };
  EXPECT_TRUE(url("https://h.example/a").has_origin_of(url("https://H.example:443/b")));
  EXPECT_FALSE(url("https://h.example/").has_origin_of(url("http://h.example/")));
  EXPECT_FALSE(url("https://h.example/").has_origin_of(url("https://h.example:444/")));
  EXPECT_FALSE(url("https://h.example/").has_origin_of(url("https://h.example.evil/")));
  for (const char* text : {"http://localhost/", "http://127.0.0.1/", "http://127.255.0.1:5000/", "http://[::1]/"})
    EXPECT_TRUE(url(text).is_loopback()) << text;
  for (const char* text : {"http://localhost.example/", "http://128.0.0.1/", "http://127.0.0.1.example/",
                           "http://[::2]/", "http://0.0.0.0/", "http://[::ffff:127.0.0.1]/"})
    EXPECT_FALSE(url(text).is_loopback()) << text;
}

TEST(Url, WhatStandsInAQueryIsEncoded) {
  EXPECT_EQ(percent_encoded("repository:a/b:pull &=%ä~"), "repository%3Aa%2Fb%3Apull%20%26%3D%25%C3%A4~");
}

} // namespace
} // namespace kif::oci
