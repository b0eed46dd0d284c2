// SPDX-License-Identifier: Apache-2.0
// Words: bytes as the result of a call, for who cannot be written to.
#include <array>
#include <cstring>
#include <optional>

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/filter_count.h"
#include "broker/protocol.h"
#include "caught_child.h"
#include "counting_generator.h"

namespace kif::broker {
namespace {

long ask(std::size_t length, unsigned flags) {
  return raw_getrandom(nullptr, length, flags);
}

/// A filter that lets everything pass.
void install_filter() {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const sock_fprog program{1, &allow};
  expect(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0, "no filter");
}

TEST(Words, AreTheGeneratorsNextBytes) {
  CountedStore counted;
  CaughtChild child(counted.store, [] {
    std::array<std::byte, 70> drawn{};
    for (std::size_t i = 0; i < drawn.size(); i += k_word_bytes) {
      const long word = ask(k_word_bytes, k_word_flags);
      expect(word >= 0 && word >> 56 == 0, "not a word", word);
      std::memcpy(drawn.data() + i, &word, k_word_bytes);
    }
    expect(is_stream_from(0, drawn), "not the generator's bytes");
    std::array<std::byte, 10> written{};
    expect(raw_getrandom(written.data(), written.size()) == 10 && is_stream_from(70, written), "not the next");
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
  EXPECT_EQ(child.counters().requests, 11U);
  EXPECT_EQ(child.counters().bytes, 80U);
}

TEST(Words, NeedNoRightToWrite) {
  CountedStore counted;
  CaughtChild child(counted.store, [] {
    expect(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "prctl");
    if (::getuid() == 0)
      expect(::setgid(65534) == 0 && ::setuid(65534) == 0, "setuid");
    expect(ask(0, k_handshake_flags) == k_presence, "no presence");
    expect(ask(k_word_bytes, k_word_flags) >= 0, "no word");
    const pid_t grandchild = ::fork();
    if (grandchild == 0)
      ::_exit(ask(k_word_bytes, k_word_flags) >= 0 ? 0 : 1);
    int status = 0;
    ::waitpid(grandchild, &status, 0);
    expect(status == 0, "no word in a child");
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
}

TEST(Words, AreSevenBytesAndNothingElse) {
  CountedStore counted;
  CaughtChild child(counted.store, [] {
    for (const std::size_t length : {0UL, 1UL, 6UL, 8UL, 16UL, ~0UL})
      expect(ask(length, k_word_flags) == -EINVAL, "another length", static_cast<long>(length));
    expect(ask(1, k_filters_flags) == -EINVAL, "filters have no bytes");
    expect(ask(k_word_bytes, k_word_flags | 1U << 31) == -EINVAL, "flags beside it");
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
  EXPECT_EQ(counted.generator.requests, 0U);
}

TEST(Words, AreNotDrawnAheadWhereThatIsForbidden) {
  CountedStore counted(false);
  CaughtChild child(counted.store, [] {
    for (int i = 0; i < 10; ++i)
      expect(ask(k_word_bytes, k_word_flags) >= 0, "no word");
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
  EXPECT_EQ(counted.store.drawn_bytes(), 70U);
}

TEST(Words, AGeneratorThatSaysNoIsEperm) {
  CountedStore counted;
  counted.generator.refuses = true;
  CaughtChild child(counted.store, [] {
    expect(ask(k_word_bytes, k_word_flags) == -EPERM, "not EPERM");
    expect(ask(0, k_handshake_flags) == k_presence, "no presence");
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
  EXPECT_EQ(child.counters().refused, 1U);
}

TEST(Words, WithoutTheCatchAllTheyAreEinval) {
  for (const unsigned flags : {k_handshake_flags, k_ahead_flags, k_word_flags, k_filters_flags})
    for (const std::size_t length : {0UL, k_word_bytes})
      EXPECT_EQ(ask(length, flags), -EINVAL);
}

TEST(Filters, MoreThanTheApplicationsAreSeenAtOnceAndInChildren) {
  if (!count_filters(::getpid()))
    GTEST_SKIP() << "this kernel does not count filters";
  CountedStore counted;
  CaughtChild child(counted.store, [] {
    expect(ask(0, k_filters_flags) == k_unconfined, "a filter too many");
    const pid_t grandchild = ::fork();
    if (grandchild == 0) {
      expect(ask(0, k_filters_flags) == k_unconfined, "a child");
      install_filter();
      expect(ask(0, k_filters_flags) == k_confined, "after a filter");
      if (::fork() == 0)
        ::_exit(ask(0, k_filters_flags) == k_confined ? 0 : 1);
      int status = 0;
      ::wait(&status);
      ::_exit(status == 0 ? 0 : 1);
    }
    int status = 0;
    ::waitpid(grandchild, &status, 0);
    expect(status == 0, "a child with a filter", status);
    expect(ask(0, k_filters_flags) == k_unconfined, "the parent has none");
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
}

TEST(Filters, AreCounted) {
  const auto before = count_filters(::getpid());
  if (!before)
    GTEST_SKIP() << "this kernel does not count filters";
  const pid_t child = ::fork();
  if (child == 0) {
    install_filter();
    install_filter();
    ::_exit(count_filters(::getpid()) == std::optional(*before + 2) ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  for (const pid_t none : {0, -1, 0x7fff'ffff})
    EXPECT_EQ(count_filters(none), std::nullopt);
}

} // namespace
} // namespace kif::broker
