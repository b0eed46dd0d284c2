// SPDX-License-Identifier: Apache-2.0
#include "registry/header_fields.h"

#include <gtest/gtest.h>

namespace kif::oci {
namespace {

// "bearer realm=…|service=…; basic realm=…"
std::string challenges(std::string_view field) {
  const auto parsed = parse_challenges(field);
  if (!parsed)
    return parsed.error().message;
  std::string text;
  for (const Challenge& challenge : *parsed) {
    text += (text.empty() ? "" : "; ") + challenge.scheme;
    for (const auto& [name, value] : challenge.parameters)
      text += " " + name + "=<" + value + ">";
  }
  return text;
}

TEST(Challenges, AreTakenApart) {
  EXPECT_EQ(challenges(R"(Bearer realm="https://a.example/t?x=y",service="s",scope="repository:a/b:pull,push")"),
            "bearer realm=<https://a.example/t?x=y> scope=<repository:a/b:pull,push> service=<s>");
  EXPECT_EQ(challenges(R"(Basic realm="a \"b\" \\ c")"), R"(basic realm=<a "b" \ c>)");
  EXPECT_EQ(challenges("Basic"), "basic");
  EXPECT_EQ(challenges("BASIC realm=x , Bearer REALM = \"y\" ,service=z"),
            "basic realm=<x>; bearer realm=<y> service=<z>");
  EXPECT_EQ(challenges("Negotiate abc==, Basic realm=\"x\""), "negotiate; basic realm=<x>");
  EXPECT_EQ(challenges("Negotiate, Digest a=b,, c=d,"), "negotiate; digest a=<b> c=<d>");
  EXPECT_EQ(challenges("Bearer realm="), "bearer") << "a token68";
  EXPECT_EQ(challenges(""), "");
  EXPECT_EQ(challenges("Bearer realm=\"\""), "bearer realm=<>");
}

TEST(Challenges, WhatIsMalformedIsRefused) {
  const std::string head = "cannot read the header WWW-Authenticate: ";
  EXPECT_EQ(challenges("Bearer realm=\"x"), head + "no value behind realm");
  EXPECT_EQ(challenges("Bearer realm=\"x\\"), head + "no value behind realm");
  EXPECT_EQ(challenges("Bearer a=b,realm="), head + "no value behind realm");
  EXPECT_EQ(challenges("Bearer a=1,a=2"), head + "a stands there twice");
  EXPECT_EQ(challenges("Bearer a=1,A=2"), head + "a stands there twice");
  EXPECT_EQ(challenges("\"x\""), head + "no name where one belongs");
  EXPECT_EQ(challenges("a@b"), head + "no blank behind a");
  EXPECT_EQ(challenges("=x"), head + "no name where one belongs");
  EXPECT_EQ(challenges(std::string_view("Basic \0", 7)), head + "no name where one belongs");
  EXPECT_EQ(challenges(std::string(20'000, 'a')), head + "it is too long");
  std::string many;
  for (int i = 0; i < 17; ++i)
    many += "a,";
  EXPECT_EQ(challenges(many), head + "more than 16 challenges");
  many = "Bearer ";
  for (int i = 0; i < 33; ++i)
    many += "a" + std::to_string(i) + "=1,";
  EXPECT_EQ(challenges(many), head + "more than 32 parameters");
}

std::string next(std::string_view field) {
  const auto parsed = parse_next_link(field);
  return !parsed ? parsed.error().message : parsed->value_or("none");
}

TEST(NextLink, IsFoundAmongOthers) {
  EXPECT_EQ(next("</v2/a/referrers/x?n=2>; rel=\"next\""), "/v2/a/referrers/x?n=2");
  EXPECT_EQ(next("</p>; rel=prev, </n,;>;title=\"a, b; c\" ; REL = Next"), "/n,;");
  EXPECT_EQ(next("</p>;rel=prev"), "none");
  EXPECT_EQ(next("</p>"), "none");
  EXPECT_EQ(next(""), "none");
  const std::string head = "cannot read the header Link: ";
  EXPECT_EQ(next("/p; rel=next"), head + "no < where one belongs");
  EXPECT_EQ(next("</p"), head + "no > behind the target");
  EXPECT_EQ(next("</p> x"), head + "no comma behind a link");
  EXPECT_EQ(next("</p>; rel=\"next"), head + "no value behind rel");
}

TEST(ContentRange, IsTakenAsItIsOrNotAtAll) {
  EXPECT_EQ(parse_content_range("bytes 5-9/10"), (ContentRange{5, 9, 10}));
  EXPECT_EQ(parse_content_range("Bytes 0-0/*"), (ContentRange{0, 0, {}}));
  for (const char* bad :
       {"", "bytes", "bytes 5-9", "bytes 9-5/10", "bytes 5-10/10", "bytes -9/10", "bytes 5-/10", "bytes */10",
        "items 5-9/10", "bytes 5-9/10 ", "bytes 5-9/x", "bytes 99999999999999999999-5/6", "bytes=5-9/10"})
    EXPECT_FALSE(parse_content_range(bad)) << bad;
}

TEST(RetryAfter, IsSecondsOrADate) {
  using std::chrono::seconds;
  const auto now = std::chrono::system_clock::from_time_t(784'111'777); // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(parse_retry_after("120", now), seconds(120));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), seconds(60));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:48:37 GMT", now), seconds(0));
  EXPECT_EQ(parse_retry_after("99999999999999999999", now), seconds(UINT32_MAX));
  EXPECT_GT(parse_retry_after("Wed, 21 Oct 5102 00:00:00 GMT", now).value(), std::chrono::years(3000));
  for (const char* bad : {"", "soon", "-1", "1.5"})
    EXPECT_FALSE(parse_retry_after(bad, now)) << bad;
}

} // namespace
} // namespace kif::oci
