// SPDX-License-Identifier: Apache-2.0
#include "init/give_back.h"

#include <gmock/gmock.h>

namespace kif::init {
namespace {

using testing::ElementsAre;

TEST(GiveBack, OnlyWhatComesAgainFromItsFileIsDropped) {
  EXPECT_THAT(
      droppable_ranges("1000-3000 r-xp 00000000 fe:00 1      /usr/lib/a.so\n"
                       "Size: 8 kB\nRss: 8 kB\nAnonymous:             0 kB\nVmFlags: rd ex mr mw me\n"
                       "3000-4000 r--p 00002000 fe:00 1      /usr/lib/a.so\nAnonymous:             4 kB\n" // RELRO
                       "4000-5000 rw-p 00003000 fe:00 1      /usr/lib/a.so\nAnonymous:             0 kB\n"
                       "5000-6000 r--p 00000000 00:00 0 \nAnonymous:             0 kB\n"
                       "6000-7000 r-xp 00000000 00:00 0      [vdso]\nAnonymous:             0 kB\n"
                       "7000-8000 r--s 00000000 fe:00 1      /dev/shm/x\nAnonymous:             0 kB\n"
                       "8000-9000 ---p 00000000 fe:00 1      /usr/lib/a.so\nAnonymous:             0 kB\n"
                       "9000-a000 r--p 00000000 fe:00 1      /usr/lib/b c.so\nAnonymous:             0 kB\n"),
      ElementsAre(AddressRange{0x1000, 0x3000}, AddressRange{0x9000, 0xa000}));
}

TEST(GiveBack, WhatCannotBeReadIsLeft) {
  EXPECT_TRUE(droppable_ranges("").empty());
  EXPECT_TRUE(droppable_ranges("1000-2000 r-xp 00000000 fe:00 1 /a\nRss: 4 kB\n").empty()) << "no word of its pages";
  EXPECT_TRUE(droppable_ranges("1000-2000 r-xp 0 fe:00 1 /a\nAnonymous: 0 mB\n").empty());
  EXPECT_TRUE(droppable_ranges("1000\nzz-yy\nAnonymous: 0 kB\n").empty());
}

TEST(GiveBack, TheProcessGoesOn) {
  const std::string before(100'000, 'x');
  const GivenBack memory;
  memory.drop();
  EXPECT_EQ(before, std::string(100'000, 'x'));
}

} // namespace
} // namespace kif::init
