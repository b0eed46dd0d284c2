// SPDX-License-Identifier: Apache-2.0
#include "verify/call_summary.h"

#include <gtest/gtest.h>

namespace kif::verify {
namespace {

using watch::Act;
using watch::Event;
using watch::Frame;
using watch::Source;

Event event(std::uint64_t bytes, std::uint32_t flags, std::vector<Frame> callers) {
  for (Frame& frame : callers)
    frame.symbols_read = true;
  return {.pid = 1,
          .tid = 1,
          .process = "openssl",
          .executable = "/usr/bin/openssl",
          .act = Act::call,
          .source = Source::getrandom,
          .bytes = bytes,
          .flags = flags,
          .callers = std::move(callers),
          .own_libc = "/lib/libc.so.6"};
}

const std::vector<Frame> k_seed = {{"/lib/libc.so.6", 1, "getentropy"}, {"/lib/libcrypto.so.3", 2, "RAND_bytes_ex"}};

TEST(CallSummaryTest, AlikeCallsAreOne) {
  Event later = event(48, 0, k_seed);
  later.pid = 77;
  later.time = std::chrono::seconds(5);
  const auto calls = summarize("probe", {event(48, 0, k_seed), event(32, 0, k_seed), later});
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0].count, 2U);
  EXPECT_EQ(calls[0].describe(),
            "openssl: getrandom 48 bytes, flags 0, from libc.so.6 getentropy < libcrypto.so.3 RAND_bytes_ex, 2 times");
  EXPECT_EQ(calls[1].count, 1U);
  EXPECT_TRUE(calls[0].is_security_use());
}

TEST(CallSummaryTest, WhatIsExcusedIsNeverMergedWithWhatIsNot) {
  // Both are 8 bytes with the same flags, and both chains read alike.
  const auto malloc_mark = event(8, 1, {{"/lib/libc.so.6", 1}, {"/usr/bin/openssl", 2}});
  Event own = event(8, 1, {{"/opt/libc.so.6", 1, "getrandom"}, {"/usr/bin/openssl", 2}});
  own.callers[0].symbol = "getrandom";
  const auto calls = summarize("probe", {malloc_mark, own, malloc_mark});
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_FALSE(calls[0].is_security_use());
  EXPECT_EQ(calls[0].count, 2U);
  EXPECT_TRUE(calls[1].is_security_use());
}

TEST(CallSummaryTest, DevicesReadAsWhatWasDoneWithThem) {
  Event open = event(0, 02000000, {{"/usr/bin/app", 1}});
  open.act = Act::open;
  open.source = Source::urandom;
  Event read = open;
  read.act = Act::read;
  read.bytes = 4096;
  const auto calls = summarize("probe", {open, read});
  EXPECT_EQ(calls[0].describe(), "openssl: open /dev/urandom, from app");
  EXPECT_EQ(calls[1].describe(), "openssl: read 4096 bytes of /dev/urandom, from app");
}

TEST(CallSummaryTest, NamesFromTheContainerStayAsTheyAre) {
  Event evil = event(1, 0, {{"/tmp/\x1b[2J", 1}});
  evil.process = "a\x1b[31m";
  EXPECT_EQ(summarize("probe", {evil})[0].describe(), "a\x1b[31m: getrandom 1 bytes, flags 0, from \x1b[2J");
}

} // namespace
} // namespace kif::verify
