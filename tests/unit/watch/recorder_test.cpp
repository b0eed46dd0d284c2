// SPDX-License-Identifier: Apache-2.0
#include "watch/recorder.h"

#include <cstring>
#include <map>
#include <set>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_alg.h>
#include <linux/openat2.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

namespace kif::watch {
namespace {

/// A process of the test's making: its memory, its paths and descriptors are tables.
class FakeTracee final : public Tracee {
public:
  std::map<std::uint64_t, std::string> memory;
  std::map<std::pair<int, std::string>, Source> paths;
  std::map<int, Source> descriptors;

  bool read_memory(int, std::uint64_t address, std::span<std::byte> into) const override {
    const auto found = memory.find(address);
    if (found == memory.end() || found->second.size() < into.size())
      return false;
    std::memcpy(into.data(), found->second.data(), into.size());
    return true;
  }
  std::optional<std::string> read_path(int, std::uint64_t address) const override {
    const auto found = memory.find(address);
    return found == memory.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<Source> source_of_descriptor(int, int fd) const override {
    const auto found = descriptors.find(fd);
    return found == descriptors.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<Source> source_of_path(int, int folder, const std::string& path) const override {
    const auto found = paths.find({folder, path});
    return found == paths.end() ? std::nullopt : std::optional(found->second);
  }
  std::string root = "/"; ///< of the container
  std::string app = "/usr/bin/app";

  Identity identify(int tid) const override { return {process_of(tid), "app", app}; }
  std::string root_of(int) const override { return root; }
  int process_of(int tid) const override { return tid / 10 * 10; } // threads 101, 102 … of process 100
  std::vector<Frame> callers(int, std::uint64_t pointer) const override { return {{app, pointer}}; }
  std::string own_libc(int) const override { return root == "/" ? "/lib/libc.so.6" : root + "/lib/libc.so.6"; }
  std::uint64_t start = 1; ///< of the process's program
  std::uint64_t stack_begin(int) const override { return start; }
};

class FakePort final : public NotificationPort {
public:
  std::vector<std::uint64_t> let_go;
  std::set<std::uint64_t> gone;
  std::set<std::uint64_t> interrupted;

  Result<std::optional<Notification>> receive() override { return std::optional<Notification>(); }
  bool still_waiting(std::uint64_t id) const noexcept override { return !gone.contains(id); }
  Result<bool> let_go_on(std::uint64_t id) override {
    let_go.push_back(id);
    return !interrupted.contains(id);
  }
};

class RecorderTest : public testing::Test {
protected:
  FakeTracee tracee;
  FakePort port;
  std::chrono::steady_clock::time_point now{std::chrono::seconds(100)};
  Recorder recorder{tracee, [this] { return now; }};
  std::uint64_t next_id = 1;

  std::uint64_t call(int number, std::array<std::uint64_t, 6> arguments, int tid = 101) {
    const Notification notification{.id = next_id++,
                                    .tid = tid,
                                    .arch = static_cast<std::uint32_t>(seccomp_arch_native()),
                                    .number = number,
                                    .instruction_pointer = 0x77,
                                    .arguments = arguments};
    EXPECT_TRUE(recorder.handle(port, notification));
    return notification.id;
  }
  void start() {
    recorder.set_container_process(100);
    tracee.memory[0x1000] = "/usr/bin/app";
    call(SYS_execve, {0x1000}, 100);
  }
  const std::vector<Event>& events() { return recorder.trace().events; }
};

TEST_F(RecorderTest, NothingIsRecordedBeforeTheContainersOwnProgramStarts) {
  recorder.set_container_process(100);
  tracee.memory[0x1000] = "/usr/bin/app";
  call(SYS_getrandom, {0, 32, 0});
  call(SYS_execve, {0x1000}, 200); // another process: the runtime's helper
  EXPECT_FALSE(recorder.trace().started);
  call(SYS_execve, {0x1000}, 100);
  EXPECT_TRUE(recorder.trace().started);
  EXPECT_TRUE(events().empty());
  call(SYS_getrandom, {0, 32, 0});
  EXPECT_EQ(events().size(), 1U);
}

TEST_F(RecorderTest, OfCallsLikeMallocsAProgramHasOne) {
  start();
  call(SYS_getrandom, {0, 8, 1});
  call(SYS_getrandom, {0, 8, 1});
  call(SYS_getrandom, {0, 8, 1}, 201); // another process
  tracee.start = 2;                    // the first one has executed another program
  call(SYS_getrandom, {0, 8, 1});
  call(SYS_getrandom, {0, 8, 1}, 102); // in another thread
  call(SYS_getrandom, {0, 32, 0});
  tracee.start = 3;
  port.interrupted = {next_id}; // by a signal: the call comes again
  call(SYS_getrandom, {0, 8, 1});
  call(SYS_getrandom, {0, 8, 1});
  std::vector<bool> repeated;
  for (const Event& event : events())
    repeated.push_back(event.is_repeated);
  EXPECT_EQ(repeated, (std::vector<bool>{false, true, false, false, true, false, false}));
  EXPECT_EQ(events()[0].own_libc, "/lib/libc.so.6");
  EXPECT_EQ(events()[5].own_libc, "") << "asked for where it decides";
}

TEST_F(RecorderTest, AGetrandomIsRecordedWithAllThatTellsWhoseItIs) {
  start();
  now += std::chrono::milliseconds(3);
  call(SYS_getrandom, {0x5000, 48, 1});
  ASSERT_EQ(events().size(), 1U);
  const Event& event = events()[0];
  EXPECT_EQ(event.time, std::chrono::milliseconds(3));
  EXPECT_EQ(event.pid, 100);
  EXPECT_EQ(event.tid, 101);
  EXPECT_EQ(event.bytes, 48U);
  EXPECT_EQ(event.flags, 1U);
  EXPECT_EQ(event.callers, (std::vector<Frame>{{"/usr/bin/app", 0x77}}));
}

TEST_F(RecorderTest, PathsAreTheContainersOwnWhereverItsRootIs) {
  tracee.root = "/host";
  tracee.app = "/host/usr/bin/app";
  start();
  call(SYS_getrandom, {0x5000, 48, 1});
  tracee.app = "/hostile/app"; // not below the root
  call(SYS_getrandom, {0x5000, 48, 1});
  ASSERT_EQ(events().size(), 2U);
  EXPECT_EQ(events()[0].executable, "/usr/bin/app");
  EXPECT_EQ(events()[0].callers, (std::vector<Frame>{{"/usr/bin/app", 0x77}}));
  EXPECT_EQ(events()[1].executable, "/hostile/app");
}

TEST_F(RecorderTest, EveryCallGoesOnWhateverItIs) {
  start();
  const std::uint64_t unknown = call(SYS_write, {1, 0, 0});
  const std::uint64_t seen = call(SYS_getrandom, {0, 8, 1});
  EXPECT_EQ(port.let_go, (std::vector<std::uint64_t>{1, unknown, seen}));
  EXPECT_EQ(recorder.trace().notifications, 3U);
}

TEST_F(RecorderTest, OpensAreRecordedForTheDevicesOnly) {
  start();
  tracee.memory[0x2000] = "/dev/urandom";
  tracee.memory[0x3000] = "urandom";
  tracee.memory[0x4000] = "/etc/passwd";
  tracee.paths[{AT_FDCWD, "/dev/urandom"}] = Source::urandom;
  tracee.paths[{5, "urandom"}] = Source::urandom;
  call(SYS_openat, {static_cast<std::uint64_t>(AT_FDCWD), 0x2000, O_RDONLY | O_CLOEXEC});
  call(SYS_openat, {5, 0x3000, O_RDONLY});
  call(SYS_openat, {static_cast<std::uint64_t>(AT_FDCWD), 0x4000, O_RDONLY});
  ASSERT_EQ(events().size(), 2U);
  EXPECT_EQ(events()[0].act, Act::open);
  EXPECT_EQ(events()[0].source, Source::urandom);
  EXPECT_EQ(events()[0].flags, static_cast<std::uint32_t>(O_RDONLY | O_CLOEXEC));
}

#ifdef SYS_open
TEST_F(RecorderTest, TheOldOpenHasNoFolder) {
  start();
  tracee.memory[0x2000] = "/dev/random";
  tracee.paths[{AT_FDCWD, "/dev/random"}] = Source::random;
  call(SYS_open, {0x2000, O_RDONLY});
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].source, Source::random);
}
#endif

TEST_F(RecorderTest, Openat2KeepsItsFlagsInMemory) {
  start();
  tracee.memory[0x2000] = "/dev/hwrng";
  tracee.paths[{AT_FDCWD, "/dev/hwrng"}] = Source::hwrng;
  open_how how{};
  how.flags = O_RDONLY | O_NONBLOCK;
  tracee.memory[0x6000] = std::string(reinterpret_cast<const char*>(&how), sizeof how);
  call(SYS_openat2, {static_cast<std::uint64_t>(AT_FDCWD), 0x2000, 0x6000, sizeof how});
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].flags, static_cast<std::uint32_t>(O_RDONLY | O_NONBLOCK));
}

TEST_F(RecorderTest, APathThatCannotBeReadIsCounted) {
  start();
  call(SYS_openat, {static_cast<std::uint64_t>(AT_FDCWD), 0xdead, O_RDONLY});
  EXPECT_EQ(recorder.trace().unread, 1U);
}

TEST_F(RecorderTest, ACallThatIsNotKnownIsCountedAsUnread) {
  call(SYS_socketpair, {});
  EXPECT_EQ(recorder.trace().unread, 0U) << "before the container's program runs, nothing is its";
  start();
  call(SYS_socketpair, {});
  EXPECT_EQ(recorder.trace().unread, 1U);
}

TEST_F(RecorderTest, ReadsOfEveryKindCountTheBytesAskedFor) {
  start();
  tracee.descriptors[4] = Source::urandom;
  const iovec parts[2] = {{nullptr, 10}, {nullptr, 32}};
  tracee.memory[0x7000] = std::string(reinterpret_cast<const char*>(parts), sizeof parts);
  call(SYS_read, {4, 0, 100});
  call(SYS_pread64, {4, 0, 101, 0});
  call(SYS_readv, {4, 0x7000, 2});
  call(SYS_preadv2, {4, 0x7000, 2, 0, 0, 0});
  call(SYS_sendfile, {1, 4, 0, 102});
  call(SYS_splice, {4, 0, 1, 0, 103, 0});
  call(SYS_read, {0, 0, 5000}); // some other descriptor
  std::vector<std::uint64_t> bytes;
  for (const Event& event : events()) {
    EXPECT_EQ(event.act, Act::read);
    bytes.push_back(event.bytes);
  }
  EXPECT_EQ(bytes, (std::vector<std::uint64_t>{100, 101, 42, 42, 102, 103}));
}

TEST_F(RecorderTest, AVectorThatIsNoVectorCountsNothing) {
  start();
  tracee.descriptors[4] = Source::urandom;
  call(SYS_readv, {4, 0xdead, 1'000'000'000});
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].bytes, 0U);
}

TEST_F(RecorderTest, TheKernelsGeneratorAsASocketIsASourceToo) {
  start();
  sockaddr_alg address{};
  address.salg_family = AF_ALG;
  std::memcpy(address.salg_type, "rng", 4);
  tracee.memory[0x8000] = std::string(reinterpret_cast<const char*>(&address), sizeof address);
  std::memcpy(address.salg_type, "hash", 5);
  tracee.memory[0x9000] = std::string(reinterpret_cast<const char*>(&address), sizeof address);
  call(SYS_bind, {3, 0x8000, sizeof address});
  call(SYS_bind, {3, 0x9000, sizeof address});
  call(SYS_bind, {3, 0x8000, 2});
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].source, Source::kernel_rng);
}

TEST_F(RecorderTest, ACallWhoseThreadIsGoneDidNotHappen) {
  start();
  port.gone.insert(next_id);
  call(SYS_getrandom, {0, 32, 0});
  EXPECT_TRUE(events().empty());
}

TEST_F(RecorderTest, AnInterruptedCallThatIsRestartedCountsOnce) {
  start();
  port.interrupted.insert(next_id); // the signal came after all was read, before the answer
  call(SYS_getrandom, {0, 32, 0});
  EXPECT_TRUE(events().empty());
  call(SYS_getrandom, {0, 32, 0});
  EXPECT_EQ(events().size(), 1U);
}

TEST_F(RecorderTest, OfACallThatDidNotTakePlaceNoCounterStays) {
  start();
  port.interrupted.insert(next_id);
  call(SYS_openat, {0, 0xdead, 0}); // its caller was killed while it waited: its memory could not be read
  EXPECT_EQ(recorder.trace().unread, 0U);
  recorder.trace().events.resize(Trace::k_max_events);
  port.interrupted.insert(next_id);
  call(SYS_getrandom, {0, 32, 0});
  EXPECT_EQ(recorder.trace().dropped, 0U);
  call(SYS_openat, {0, 0xdead, 0});
  EXPECT_EQ(recorder.trace().unread, 1U) << "one that took place counts";
}

TEST_F(RecorderTest, EventsOverTheBoundAreCounted) {
  start();
  for (std::size_t i = 0; i < Trace::k_max_events + 3; ++i)
    call(SYS_getrandom, {0, 1, 0});
  EXPECT_EQ(events().size(), Trace::k_max_events);
  EXPECT_EQ(recorder.trace().dropped, 3U);
}

TEST_F(RecorderTest, WhoCannotReadTheFirstProgramsNameSaysSo) {
  recorder.set_container_process(100);
  call(SYS_execve, {0xdead}, 100);
  EXPECT_EQ(recorder.trace().failure, "cannot read the memory of the container's processes");
}

} // namespace
} // namespace kif::watch
