// SPDX-License-Identifier: Apache-2.0
// What a process may not write to itself is not written to for it: the catch-all says EFAULT where the kernel does, and
// leaves the page as it was.
#include "broker/caller_memory.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <link.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caught_child.h"
#include "counting_generator.h"

namespace kif::broker {
namespace {

constexpr std::size_t k_page = 4096;

std::byte* map(int protection, int flags = MAP_PRIVATE | MAP_ANONYMOUS, std::size_t bytes = k_page, int fd = -1) {
  return static_cast<std::byte*>(::mmap(nullptr, bytes, protection, flags, fd, 0));
}

std::byte* page_of(const void* address) {
  return reinterpret_cast<std::byte*>(reinterpret_cast<std::uintptr_t>(address) & ~(k_page - 1));
}

/// The first page of this program that the loader has made read-only again (RELRO), or null.
std::byte* relro_page() {
  std::byte* found = nullptr;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        for (int i = 0; i < info->dlpi_phnum; ++i)
          if (info->dlpi_phdr[i].p_type == PT_GNU_RELRO && info->dlpi_phdr[i].p_memsz >= 2 * k_page) {
            *static_cast<std::byte**>(result) =
                page_of(reinterpret_cast<const void*>(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + k_page - 1));
            return 1;
          }
        return 0;
      },
      static_cast<void*>(&found));
  return found;
}

/// In a child: the call is refused as the kernel refuses it, and what can be read there is what was there.
void expect_unwritten(std::byte* address, const char* what) {
  std::array<std::byte, 32> before{};
  std::memcpy(before.data(), address, before.size());
  const long got = raw_getrandom(address, before.size());
  expect(got == -EFAULT, what, got);
  expect(std::memcmp(before.data(), address, before.size()) == 0, what);
}

TEST(CallerMemory, ReadOnlyPagesOfAllKindsAreEfault) {
  EXPECT_EQ(run_caught([] {
              expect_unwritten(map(PROT_READ), "a private page");
              expect_unwritten(map(PROT_READ, MAP_SHARED | MAP_ANONYMOUS), "a shared page");
              expect_unwritten(map(PROT_READ | PROT_EXEC), "a private page of code");
              std::byte* touched = map(PROT_READ | PROT_WRITE);
              std::memset(touched, 7, k_page);
              ::mprotect(touched, k_page, PROT_READ);
              expect_unwritten(touched, "a page that was written to before");
              const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
              expect_unwritten(map(PROT_READ, MAP_PRIVATE, k_page, file), "a file's page");
              expect_unwritten(page_of(reinterpret_cast<const void*>(&expect_unwritten)), "this program's code");
              expect_unwritten(page_of(reinterpret_cast<const void*>(&::memcpy)), "the C library's code");
              std::byte* const relro = relro_page();
              expect(relro != nullptr, "the control: this program has RELRO");
              expect_unwritten(relro, "this program's RELRO");
              return 0;
            }),
            0);
}

TEST(CallerMemory, APageWithoutAnyRightIsEfaultAndStaysEmpty) {
  EXPECT_EQ(run_caught([] {
              std::byte* page = map(PROT_NONE);
              const long got = raw_getrandom(page, 32);
              expect(got == -EFAULT, "written", got);
              ::mprotect(page, k_page, PROT_READ);
              expect(std::all_of(page, page + 32, [](std::byte byte) { return byte == std::byte{}; }), "not empty");
              return 0;
            }),
            0);
}

TEST(CallerMemory, WhatMayOnlyBeWrittenIsFilled) {
  EXPECT_EQ(run_caught([] {
              std::byte* page = map(PROT_WRITE);
              const long got = raw_getrandom(page, 32);
              expect(got == 32, "not filled", got);
              ::mprotect(page, k_page, PROT_READ);
              expect(is_stream_from(0, {page, 32}), "not the generator's bytes");
              return 0;
            }),
            0);
}

// Bytes up to the first page that may not be written to, for short answers and long ones.
TEST(CallerMemory, AnAnswerEndsWhereTheProtectionBegins) {
  static std::array<long, 4> by_kernel;
  static const std::array<std::size_t, 4> lengths = {32, k_page, 20 * k_page, 64 * k_page};
  static std::byte* start = nullptr;
  start = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 64 * k_page);
  std::byte* const closed = start + 17 * k_page;
  ::mprotect(closed, k_page, PROT_READ);
  const auto begin = [closed](std::size_t i) { return lengths[i] < 2 * k_page ? closed - 10 : start + 100; };
  for (std::size_t i = 0; i < lengths.size(); ++i)
    by_kernel[i] = raw_getrandom(begin(i), std::min(lengths[i], 64 * k_page - 100));
  EXPECT_EQ(by_kernel[0], 10) << "the control: the kernel's answer ends there";
  EXPECT_EQ(run_caught([&] {
              std::memset(start, 0, 17 * k_page);
              for (std::size_t i = 0; i < lengths.size(); ++i) {
                const long got = raw_getrandom(begin(i), std::min(lengths[i], 64 * k_page - 100));
                expect(got == by_kernel[i], "another length than the kernel's", got);
              }
              expect(std::all_of(closed, closed + k_page, [](std::byte byte) { return byte == std::byte{}; }),
                     "written behind it");
              return 0;
            }),
            0);
}

// A thread changes what is mapped there while another one asks: whichever comes first, the read-only page is as it was.
TEST(CallerMemory, AThreadThatMapsAnotherPageThereGainsNothing) {
  EXPECT_EQ(run_caught([] {
              static std::byte* place = nullptr;
              place = map(PROT_READ | PROT_WRITE);
              const int memory = ::memfd_create("read-only", MFD_CLOEXEC);
              expect(::ftruncate(memory, k_page) == 0, "ftruncate");
              static std::atomic<bool> is_over{false};
              static std::atomic<long> found_written{0};
              pthread_t thread{};
              static const int fd = memory;
              ::pthread_create(
                  &thread, nullptr,
                  [](void*) -> void* {
                    while (!is_over) {
                      ::mmap(place, k_page, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
                      for (int i = 0; i < 50; ++i)
                        if (std::any_of(place, place + 32, [](std::byte byte) { return byte != std::byte{}; }))
                          ++found_written;
                      ::mmap(place, k_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
                    }
                    return nullptr;
                  },
                  nullptr);
              long written = 0;
              long refused = 0;
              for (int i = 0; i < 20'000 || (i < 200'000 && (written == 0 || refused == 0)); ++i) {
                const long got = raw_getrandom(place, 32);
                expect(got == 32 || got == -EFAULT, "neither", got);
                ++(got == 32 ? written : refused);
              }
              is_over = true;
              ::pthread_join(thread, nullptr);
              expect(written > 0, "the control: the page was one that may be written to", written);
              expect(found_written == 0, "a read-only page was written to", found_written);
              expect(refused > 0, "the control: the page was read-only", refused);
              return 0;
            }),
            0);
}

/// What the second way does for a child of this process, which waits meanwhile.
struct Writable {
  explicit Writable(MemoryWay way) {
    m_child = ::fork();
    if (m_child == 0)
      for (;;)
        ::pause();
    memory = std::make_unique<CallerMemory>(m_child, way);
  }
  Writable(const Writable&) = delete;
  Writable& operator=(const Writable&) = delete;
  ~Writable() {
    ::kill(m_child, SIGKILL);
    ::waitpid(m_child, nullptr, 0);
  }
  std::size_t write(const std::byte* address, std::size_t bytes) const {
    static const std::array<std::byte, 4 * k_page> source{};
    return memory->write(reinterpret_cast<std::uintptr_t>(address), std::span(source).first(bytes)).bytes;
  }
  std::unique_ptr<CallerMemory> memory;

private:
  pid_t m_child;
};

TEST(CallerMemory, BothWaysWriteTheSame) {
  std::byte* start = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 4 * k_page);
  ::mprotect(start + 2 * k_page, k_page, PROT_READ);
  std::byte* none = map(PROT_NONE);
  EXPECT_EQ(usable_memory_way(), MemoryWay::by_number);
  for (const MemoryWay way : {MemoryWay::by_number, MemoryWay::by_file}) {
    const Writable child(way);
    ASSERT_TRUE(*child.memory);
    EXPECT_EQ(child.write(start, k_page), k_page);
    EXPECT_EQ(child.write(start + 1, 2 * k_page - 1), 2 * k_page - 1);
    EXPECT_EQ(child.write(start + k_page + 5, 2 * k_page), k_page - 5);
    EXPECT_EQ(child.write(start + 2 * k_page, 1), 0U);
    EXPECT_EQ(child.write(start + 3 * k_page, k_page), k_page);
    EXPECT_EQ(child.write(none, 1), 0U);
    EXPECT_EQ(child.write(nullptr, 1), 0U);
    EXPECT_EQ(child.write(page_of(reinterpret_cast<const void*>(&map)), 16), 0U);
    EXPECT_FALSE(child.memory->write(0, {}).is_refused);
  }
}

TEST(CallerMemory, AProcessThatMayNotBeWrittenToIsARefusal) {
  const CallerMemory nobody(0, MemoryWay::by_number);
  EXPECT_FALSE(nobody);
  const CallerMemory gone(0x7fff'fff0, MemoryWay::by_number);
  const std::array<std::byte, 1> bytes{};
  EXPECT_TRUE(gone.write(k_page, bytes).is_refused);
  EXPECT_FALSE(CallerMemory(0x7fff'fff0, MemoryWay::by_file));
}

} // namespace
} // namespace kif::broker
