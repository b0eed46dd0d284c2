// SPDX-License-Identifier: Apache-2.0
#include "watch/event.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace kif::watch {
namespace {

const std::string k_libc = "/usr/lib/x86_64-linux-gnu/libc.so.6";

Event getrandom(std::uint64_t bytes, std::uint32_t flags, std::vector<Frame> callers) {
  for (Frame& frame : callers)
    frame.symbols_read = true;
  return {.time = std::chrono::microseconds(1500),
          .pid = 10,
          .tid = 11,
          .process = "app",
          .executable = "/usr/bin/app",
          .act = Act::call,
          .source = Source::getrandom,
          .bytes = bytes,
          .flags = flags,
          .callers = std::move(callers),
          .own_libc = k_libc};
}

const std::string k_app = "/usr/bin/app";

TEST(EventTest, FlagsReadAsTheKernelNamesThem) {
  EXPECT_EQ(getrandom_flags(0), "0");
  EXPECT_EQ(getrandom_flags(1), "GRND_NONBLOCK");
  EXPECT_EQ(getrandom_flags(3), "GRND_NONBLOCK|GRND_RANDOM");
  EXPECT_EQ(getrandom_flags(0x44), "GRND_INSECURE|0x40");
}

TEST(EventTest, MallocsMarkIsNoSecurityUseInBothShapesOfGlibc) {
  // glibc 2.36: malloc's code calls getrandom; glibc 2.41: it makes the call itself.
  EXPECT_TRUE(no_security_use(getrandom(8, 1, {{k_libc, 1, "getrandom"}, {k_libc, 2}, {k_libc, 3, "malloc"}})));
  EXPECT_TRUE(no_security_use(getrandom(8, 1, {{k_libc, 1}, {k_libc, 3, "malloc"}})));
}

TEST(EventTest, NothingElseThatLooksAlikeIsExcused) {
  const std::vector<Frame> inside = {{k_libc, 1}};
  EXPECT_FALSE(no_security_use(getrandom(16, 1, inside)));
  EXPECT_FALSE(no_security_use(getrandom(8, 0, inside)));
  EXPECT_FALSE(no_security_use(getrandom(8, 4, inside)));
  EXPECT_FALSE(no_security_use(getrandom(8, 1, {})));
  EXPECT_FALSE(no_security_use(getrandom(8, 1, {{k_app, 1}})));
  // A program that asks for eight bytes itself, through libc or through syscall(2).
  EXPECT_FALSE(no_security_use(getrandom(8, 1, {{k_libc, 1, "getrandom"}, {k_app, 2}})));
  EXPECT_FALSE(no_security_use(getrandom(8, 1, {{k_libc, 1, "syscall"}, {k_app, 2}})));
  EXPECT_FALSE(no_security_use(getrandom(8, 1, {{k_libc, 1, "getrandom"}})));
  // A libc whose functions are not known.
  Event unknown = getrandom(8, 1, inside);
  unknown.callers[0].symbols_read = false;
  EXPECT_FALSE(no_security_use(unknown));
  // A file that only calls itself something like libc.
  EXPECT_FALSE(no_security_use(getrandom(8, 1, {{"/tmp/mylibc.so.6", 1}})));
  // A libc that the process was not started with, whatever its name and its functions' names; and a second time.
  Event other = getrandom(8, 1, {{"/opt/lib/libc.so.6", 1}, {"/opt/lib/libc.so.6", 2, "malloc"}});
  EXPECT_FALSE(no_security_use(other));
  EXPECT_FALSE(is_undecided(other));
  Event again = getrandom(8, 1, inside);
  EXPECT_TRUE(no_security_use(again));
  again.is_repeated = true;
  EXPECT_FALSE(no_security_use(again));
  EXPECT_FALSE(is_undecided(again));
  Event read = getrandom(8, 1, inside);
  read.act = Act::read;
  read.source = Source::urandom;
  EXPECT_FALSE(no_security_use(read));
}

TEST(EventTest, WhatNamesWouldDecideIsUndecidedWithoutThem) {
  const std::vector<Frame> inside = {{k_libc, 1}, {k_app, 2}};
  EXPECT_FALSE(is_undecided(getrandom(8, 1, inside)));
  EXPECT_FALSE(is_undecided(getrandom(8, 1, {{k_libc, 1, "getrandom"}, {k_app, 2}})));
  Event unknown = getrandom(8, 1, inside);
  unknown.callers[0].symbols_read = false;
  EXPECT_TRUE(is_undecided(unknown));
  unknown.callers[0].file += " (deleted)";
  EXPECT_TRUE(is_undecided(unknown));
  EXPECT_TRUE(is_undecided(getrandom(8, 1, {})));
  Event unowned = getrandom(8, 1, inside);
  unowned.own_libc.clear();
  EXPECT_TRUE(is_undecided(unowned)) << "which libc is the process's own was not found";
  EXPECT_FALSE(no_security_use(unowned));
  EXPECT_TRUE(is_undecided(getrandom(8, 1, {{k_libc, 1, "getrandom"}}))) << "who called getrandom was not found";
  // All else needs no names.
  unknown.bytes = 48;
  EXPECT_FALSE(is_undecided(unknown));
  EXPECT_FALSE(is_undecided(getrandom(8, 0, {})));
  EXPECT_FALSE(is_undecided(getrandom(8, 1, {{k_app, 1}})));
}

TEST(EventTest, CallersReadAsAChainOfFiles) {
  EXPECT_EQ(describe_callers({{k_libc, 1, "getentropy"},
                              {"/lib/libcrypto.so.3", 2, "EVP_RAND_instantiate"},
                              {k_libc, 3, "malloc"},
                              {"/lib/libcrypto.so.3", 4, "RAND_bytes_ex"},
                              {"/lib/libcrypto.so.3", 5},
                              {"/usr/bin/openssl", 6, "main"},
                              {"/lib64/ld-linux-x86-64.so.2", 7}}),
            "libc.so.6 getentropy < libcrypto.so.3 RAND_bytes_ex < openssl");
  EXPECT_EQ(describe_callers({{"[vdso]", 1}, {"/usr/bin/python3.13", 2}}), "[vdso] < python3.13");
  EXPECT_EQ(describe_callers({}), "unknown");
}

TEST(EventTest, JsonNamesWhatMattersForEachAct) {
  const Event call = getrandom(48, 0, {{k_libc, 5, "getentropy"}});
  EXPECT_EQ(to_json(call).dump(),
            R"({"time_ns":1500000,"pid":10,"tid":11,"process":"app","executable":"/usr/bin/app","act":"call",)"
            R"("source":"getrandom","bytes":48,"flags":"0","callers":[{"file":"/usr/lib/x86_64-linux-gnu/libc.so.6",)"
            R"("offset":5,"symbol":"getentropy"}],"security_use":true})");
  Event open = call;
  open.act = Act::open;
  open.source = Source::urandom;
  EXPECT_FALSE(to_json(open).contains("bytes"));
  EXPECT_FALSE(to_json(open).contains("flags"));
  EXPECT_EQ(to_json(open)["source"], "/dev/urandom");
}

} // namespace
} // namespace kif::watch
