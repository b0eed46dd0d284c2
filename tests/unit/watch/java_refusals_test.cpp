// SPDX-License-Identifier: Apache-2.0
#include "watch/java_refusals.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace kif::watch {
namespace {

TEST(JavaRequest, IsALineOfFields) {
  EXPECT_EQ(
      parse_java_request("7\tMessageDigest\tMD5\tjava.base\tjava.security.MessageDigest.getInstance\t/a.jar\tA.b"),
      (JavaRequest{7,
                   "MessageDigest",
                   "MD5",
                   {{"java.base", 0, "java.security.MessageDigest.getInstance"}, {"/a.jar", 0, "A.b"}}}));
  EXPECT_EQ(parse_java_request("7\tKeyStore\tJKS"), (JavaRequest{7, "KeyStore", "JKS", {}}));
}

TEST(JavaRequest, OtherLinesAreNone) {
  for (const char* line : {"", "\t\t", "x\tMessageDigest\tMD5", "0\tMessageDigest\tMD5", "-1\tMessageDigest\tMD5",
                           "7\tMessageDigest", "7\t\tMD5", "99999999999\tMessageDigest\tMD5"})
    EXPECT_EQ(parse_java_request(line), std::nullopt) << line;
}

TEST(JavaRequest, IsBounded) {
  std::string line = "7\t" + std::string(1000, 't') + "\t" + std::string(1000, 'a');
  for (int i = 0; i < 100; ++i)
    line += "\tf\ts";
  const auto request = parse_java_request(line);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->type.size(), 200U);
  EXPECT_EQ(request->algorithm.size(), 200U);
  EXPECT_EQ(request->callers.size(), 8U);
}

TEST(JavaRefusals, WhatWasWrittenBeforeTheEndIsThereAndAlikeOnesAreOne) {
  const TempDir folder = TempDir::create("kif-test-").value();
  auto pipe = JavaRefusals::start(folder.path()).value();
  pipe->container_starts(::getpid());
  {
    const UniqueFd writer = open_file(pipe->mount().source, O_WRONLY).value();
    const std::string text = "no line\n" + std::to_string(::getpid()) + "\tMessageDigest\tMD5\t/a.jar\tA.b\n";
    for (int i = 0; i < 3; ++i)
      ASSERT_TRUE(write_all(writer.get(), std::as_bytes(std::span(text)), "the pipe"));
  }
  Refusals refusals;
  pipe->finish(refusals);
  ASSERT_EQ(refusals.all.size(), 1U);
  EXPECT_EQ(refusals.all[0].count, 3U);
  EXPECT_EQ(asked_for(refusals.all[0]), "MessageDigest MD5");
  EXPECT_EQ(who_asked(refusals.all[0]), "a.jar A.b");
  EXPECT_EQ(refusals.all[0].first.process, "unit_watch");
  EXPECT_FALSE(is_own_look(refusals.all[0]));
}

TEST(JavaRefusals, NobodyWhoWritesIsNothing) {
  const TempDir folder = TempDir::create("kif-test-").value();
  auto pipe = JavaRefusals::start(folder.path()).value();
  Refusals refusals;
  pipe->finish(refusals);
  EXPECT_TRUE(refusals.all.empty());
}

} // namespace
} // namespace kif::watch
