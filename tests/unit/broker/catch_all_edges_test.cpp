// SPDX-License-Identifier: Apache-2.0
// Lengths, flags and buffers at the edges: the catch-all says what the kernel itself says to the same call.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <span>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/protocol.h"
#include "caught_child.h"
#include "counting_generator.h"

namespace kif::broker {
namespace {

constexpr std::size_t k_page = 4096;
constexpr unsigned k_grnd_insecure = 4;

/// Two megabytes that may be written, and behind them nothing.
struct Memory {
  Memory() {
    start = static_cast<std::byte*>(
        ::mmap(nullptr, k_bytes + k_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ::munmap(start + k_bytes, k_page);
  }
  std::byte* end() const { return start + k_bytes; }
  static constexpr std::size_t k_bytes = std::size_t{2} << 20;
  std::byte* start;
};

struct Call {
  const char* what;
  std::byte* buffer;
  std::size_t length;
  unsigned flags;
};

std::array<Call, 30> calls(const Memory& memory) {
  return {{
      {"no flags", memory.start, 32, 0},
      {"GRND_NONBLOCK", memory.start, 32, GRND_NONBLOCK},
      {"GRND_RANDOM", memory.start, 32, GRND_RANDOM},
      {"GRND_INSECURE", memory.start, 32, k_grnd_insecure},
      {"GRND_RANDOM, GRND_NONBLOCK", memory.start, 32, GRND_RANDOM | GRND_NONBLOCK},
      {"GRND_INSECURE, GRND_NONBLOCK", memory.start, 32, k_grnd_insecure | GRND_NONBLOCK},
      {"GRND_INSECURE, GRND_RANDOM", memory.start, 32, k_grnd_insecure | GRND_RANDOM},
      {"all flags", memory.start, 32, 7},
      {"an unknown flag", memory.start, 32, 8},
      {"an unknown flag among known ones", memory.start, 32, 9},
      {"the highest flag", memory.start, 32, 0x8000'0000U},
      {"every flag", memory.start, 32, ~0U},
      {"an unknown flag and no length", memory.start, 0, 8},
      {"an unknown flag and no buffer", nullptr, 32, 8},
      {"no length", memory.start, 0, 0},
      {"no length and no buffer", nullptr, 0, 0},
      {"no length, not blocking", memory.start, 0, GRND_NONBLOCK},
      {"no buffer", nullptr, 32, 0},
      {"a buffer at 1", reinterpret_cast<std::byte*>(1), 32, 0},
      {"a page that is not there", memory.end(), 32, 0},
      {"the last byte", memory.end() - 1, 1, 0},
      {"one byte too many", memory.end() - 1, 2, 0},
      {"half a buffer", memory.end() - 128, 256, 0},
      {"the most of a long buffer", memory.end() - 100'000, 200'000, 0},
      {"half a long buffer that is not aligned", memory.end() - 65'537, 131'074, 0},
      {"2^31 with 2 MiB there", memory.start, std::size_t{1} << 31, 0},
      {"2^31 with one byte there", memory.end() - 1, std::size_t{1} << 31, 0},
      {"the longest of all", memory.start, ~std::size_t{0}, 0},
      {"the kernel's memory", reinterpret_cast<std::byte*>(0xffff'8000'0000'0000), 32, 0},
      {"the end of all memory", reinterpret_cast<std::byte*>(~std::uintptr_t{0} - 15), 16, 0},
  }};
}

TEST(CatchAllEdges, EachCallReturnsWhatTheKernelsReturns) {
  const Memory memory;
  static std::array<long, 30> by_kernel; // the child has a copy
  const auto all = calls(memory);
  for (std::size_t i = 0; i < all.size(); ++i)
    by_kernel[i] = raw_getrandom(all[i].buffer, all[i].length, all[i].flags);
  EXPECT_EQ(by_kernel[0], 32) << "the control: the kernel gives bytes here";
  EXPECT_EQ(run_caught([&] {
              bool same = true;
              for (std::size_t i = 0; i < all.size(); ++i) {
                const long got = raw_getrandom(all[i].buffer, all[i].length, all[i].flags);
                if (got != by_kernel[i]) {
                  std::fprintf(stderr, "%s: the kernel gives %ld, the catch-all %ld\n", all[i].what, by_kernel[i], got);
                  same = false;
                }
              }
              return same ? 0 : 1;
            }),
            0);
}

TEST(CatchAllEdges, NothingIsWrittenOutsideTheBuffer) {
  EXPECT_EQ(run_caught([] {
              const Memory memory;
              const std::span all(memory.start, std::size_t{300'000});
              for (const std::size_t length : {1UL, 255UL, 65'536UL, 65'537UL, 200'000UL}) {
                std::ranges::fill(all, std::byte{0xff});
                const long got = raw_getrandom(memory.start + 17, length);
                expect(got == static_cast<long>(length), "not filled", got);
                for (std::size_t i = 0; i < 17; ++i)
                  expect(all[i] == std::byte{0xff}, "written before it");
                for (std::size_t i = 17 + length; i < all.size(); ++i)
                  expect(all[i] == std::byte{0xff}, "written behind it");
              }
              return 0;
            }),
            0);
}

TEST(CatchAllEdges, AShortAnswerIsFilledAsFarAsItSays) {
  EXPECT_EQ(run_caught([] {
              const Memory memory;
              const long got = raw_getrandom(memory.end() - 100'000, 200'000);
              expect(got == 100'000, "another length", got);
              expect(is_stream_from(0, {memory.end() - 100'000, 100'000}), "not the generator's bytes");
              return 0;
            }),
            0);
}

// Where the vDSO keeps the state of a generator of its own (Linux 6.11): refused, so that every call is a system call.
TEST(CatchAllEdges, MemoryForTheVdsosGeneratorIsRefusedAndNoOther) {
  EXPECT_EQ(run_caught([] {
              constexpr int k_droppable = 0x08;
              const auto map = [](int flags) {
                return ::mmap(nullptr, k_page, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
              };
              errno = 0;
              expect(map(k_droppable) == MAP_FAILED && errno == EINVAL, "it was mapped", errno);
              for (const int flags : {MAP_PRIVATE, MAP_SHARED, MAP_PRIVATE | MAP_NORESERVE, MAP_PRIVATE | MAP_POPULATE})
                expect(map(flags) != MAP_FAILED, "other memory was refused", flags);
              return 0;
            }),
            0);
}

#if defined(__x86_64__)
/// The 32-bit ABI from a 64-bit program: another architecture, and another number, to the filter.
long getrandom_by_int80(void* low_buffer, std::size_t length, unsigned flags) {
  long result = 355; // getrandom, arch/x86/entry/syscalls/syscall_32.tbl
  __asm__ volatile("int $0x80"
                   : "+a"(result)
                   : "b"(low_buffer), "c"(length), "d"(flags)
                   : "memory", "r8", "r9", "r10", "r11");
  return result;
}

void* map_low() {
  return ::mmap(nullptr, k_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
}

bool has_32_bit_calls() {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(getrandom_by_int80(map_low(), 16, 0) == 16 ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0;
}

TEST(CatchAllEdges, The32BitAbiIsCaught) {
  if (!has_32_bit_calls())
    GTEST_SKIP() << "this kernel serves no 32-bit programs";
  CountedStore counted;
  CaughtChild child(counted.store, [] {
    auto* low = static_cast<std::byte*>(map_low());
    const long got = getrandom_by_int80(low, 100, 0);
    expect(got == 100, "not filled", got);
    expect(is_stream_from(0, {low, 100}), "not the generator's bytes");
    expect(getrandom_by_int80(low, 100, 8) == -EINVAL, "an unknown flag was taken");
    // 355 in the 64-bit ABI, and 318 in the 32-bit one, are other calls.
    expect(::syscall(355) == -1 && errno == ENOSYS, "355 is no call of 64-bit programs");
    return 0;
  });
  ASSERT_EQ(child.end(), 0);
  EXPECT_EQ(child.counters().requests, 2U);
}

TEST(CatchAllEdges, TheX32NumberIsCaughtWhereTheKernelKnowsIt) {
  constexpr long k_x32_getrandom = SYS_getrandom | 0x4000'0000;
  CountedStore counted;
  CaughtChild child(counted.store, [] {
    std::array<std::byte, 16> buffer{};
    const long got = ::syscall(k_x32_getrandom, buffer.data(), buffer.size(), 0);
    expect(got == 16, "not answered", got);
    expect(is_stream_from(0, buffer), "not the generator's bytes");
    return 0;
  });
  EXPECT_EQ(child.end(), 0);
}
#endif

} // namespace
} // namespace kif::broker
