// SPDX-License-Identifier: Apache-2.0
#include "broker/catch_all.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/wipe.h"
#include "broker/caller_memory.h"
#include "broker/catch_all_filter.h"
#include "broker/filter_count.h"
#include "broker/protocol.h"
#include "broker/socket_io.h"

// Since Linux 6.6: the caller runs on the processor that its answer comes from, so that no idle one is woken.
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

namespace kif::broker {
namespace {

constexpr unsigned k_grnd_insecure = 4; // GRND_INSECURE, since Linux 5.6

/// The kernel's notifications may be longer than this program's headers know.
class Notification {
public:
  Notification() {
    seccomp_notif_sizes sizes{};
    if (::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0) {
      m_request.resize(std::max<std::size_t>(sizes.seccomp_notif, sizeof(seccomp_notif)));
      m_response.resize(std::max<std::size_t>(sizes.seccomp_notif_resp, sizeof(seccomp_notif_resp)));
    }
  }

  /// The next call; none: interrupted, or the caller is gone again.
  const seccomp_notif* receive(int listener) {
    std::ranges::fill(m_request, std::byte{0}); // the kernel refuses what is not zero
    auto* request = reinterpret_cast<seccomp_notif*>(m_request.data());
    return ::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, request) == 0 ? request : nullptr;
  }

  /// `value` as the call's result, or a negative errno.
  void send(int listener, std::uint64_t id, std::int64_t value) {
    std::ranges::fill(m_response, std::byte{0});
    auto* response = reinterpret_cast<seccomp_notif_resp*>(m_response.data());
    response->id = id;
    if (value < 0)
      response->error = static_cast<int>(value);
    else
      response->val = value;
    ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, response); // ENOENT: the caller has gone
    wipe(m_response);                                      // a word's bytes are in it
  }

private:
  std::vector<std::byte> m_request = std::vector<std::byte>(sizeof(seccomp_notif));
  std::vector<std::byte> m_response = std::vector<std::byte>(sizeof(seccomp_notif_resp));
};

bool is_waiting(int listener, std::uint64_t id) {
  return ::ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

/// Answers one call at a time.
class Answerer {
public:
  Answerer(int listener, ByteStore* store, CatchAllCounters& counters)
      : m_listener(listener), m_store(store), m_counters(counters), m_chunk(k_piece_bytes) {
    if (const auto ours = count_filters(::getpid()))
      m_usual_filters = *ours + 1; // the application's: the catch-all comes on top
  }

  /// The call's result, or a negative errno.
  std::int64_t answer(const seccomp_notif& call) {
    const bool wants_nothing = call.data.args[1] == 0;
    switch (static_cast<unsigned>(call.data.args[2])) {
    case k_handshake_flags:
      return wants_nothing ? k_presence : answer_in_memory(call);
    case k_word_flags:
      return call.data.args[1] == k_word_bytes ? draw_word() : -EINVAL;
    case k_filters_flags:
      return !wants_nothing ? -EINVAL : has_usual_filters(call) ? k_unconfined : k_confined;
    default:
      return answer_in_memory(call);
    }
  }

  /// Whether it is to be answered in pieces.
  static bool is_long(const seccomp_notif& call) {
    const auto flags = static_cast<unsigned>(call.data.args[2]);
    return call.data.args[1] > k_piece_bytes && are_known(flags);
  }

  /// One more piece. The call's result, or a negative errno, or nothing: there is more to come.
  std::optional<std::int64_t> go_on(LongCall& call) {
    const CallerMemory memory(call.thread, m_way);
    const std::uint64_t wanted = std::min<std::uint64_t>(call.length - call.done, k_piece_bytes);
    const std::int64_t written = memory ? fill(memory, call.address + call.done, wanted, call.id) : -EPERM;
    if (written > 0)
      call.done += static_cast<std::uint64_t>(written);
    if (written == static_cast<std::int64_t>(wanted) && call.done < call.length)
      return std::nullopt;
    return call.done > 0 ? static_cast<std::int64_t>(call.done) : written;
  }

private:
  static bool are_known(unsigned flags) {
    return (flags & ~(GRND_NONBLOCK | GRND_RANDOM | k_grnd_insecure)) == 0 &&
           (flags & (GRND_RANDOM | k_grnd_insecure)) != (GRND_RANDOM | k_grnd_insecure);
  }

  /// False too where it cannot be told.
  bool has_usual_filters(const seccomp_notif& call) const {
    const auto filters = count_filters(static_cast<pid_t>(call.pid));
    return filters && filters == m_usual_filters && is_waiting(m_listener, call.id); // else it was another's number
  }

  std::int64_t draw_word() {
    std::array<std::byte, k_word_bytes> bytes{};
    if (m_store == nullptr || !m_store->draw(bytes))
      return -EPERM;
    std::int64_t word = 0;
    std::memcpy(&word, bytes.data(), bytes.size()); // little-endian: the high byte stays zero
    wipe(bytes);
    m_counters.bytes += k_word_bytes;
    return word;
  }

  std::int64_t answer_in_memory(const seccomp_notif& call) {
    const std::uint64_t address = call.data.args[0];
    const std::uint64_t length = call.data.args[1];
    const auto flags = static_cast<unsigned>(call.data.args[2]);
    const bool is_handshake = flags == k_handshake_flags;
    const bool is_ahead = flags == k_ahead_flags && m_store != nullptr && m_store->draws_ahead();
    if (!is_handshake && !is_ahead && !are_known(flags))
      return -EINVAL;
    if (is_handshake ? length != k_handshake_bytes : length == 0)
      return is_handshake ? -EINVAL : 0;
    const CallerMemory memory(static_cast<pid_t>(call.pid), m_way);
    if (!memory)
      return -EPERM;
    if (is_handshake)
      return write(memory, address, std::as_bytes(std::span(k_handshake_answer)), call.id);
    return fill(memory, address, std::min(length, k_max_answer_bytes), call.id);
  }

  std::int64_t fill(const CallerMemory& memory, std::uint64_t address, std::uint64_t length, std::uint64_t id) {
    std::int64_t done = 0;
    while (static_cast<std::uint64_t>(done) < length) {
      const auto chunk =
          std::span(m_chunk).first(std::min<std::uint64_t>(length - static_cast<std::uint64_t>(done), m_chunk.size()));
      if (m_store == nullptr || !m_store->draw(chunk))
        return done > 0 ? done : -EPERM;
      const std::int64_t written = write(memory, address + static_cast<std::uint64_t>(done), chunk, id);
      wipe(chunk);
      if (written < 0)
        return done > 0 ? done : written;
      done += written;
      m_counters.bytes += static_cast<std::uint64_t>(written);
      if (static_cast<std::size_t>(written) < chunk.size())
        break;
    }
    return done;
  }

  /// The bytes written, or a negative errno. Nothing is written for a caller that was killed meanwhile: its number may
  /// be another's by now.
  std::int64_t write(const CallerMemory& memory, std::uint64_t address, std::span<const std::byte> bytes,
                     std::uint64_t id) const {
    if (!is_waiting(m_listener, id))
      return -ENOENT; // nobody will see it
    const Written written = memory.write(address, bytes);
    if (written.is_refused)
      return -EPERM;
    return written.bytes > 0 ? static_cast<std::int64_t>(written.bytes) : -EFAULT;
  }

  int m_listener;
  ByteStore* m_store;
  CatchAllCounters& m_counters;
  std::vector<std::byte> m_chunk;
  std::optional<unsigned> m_usual_filters;
  MemoryWay m_way = usable_memory_way();
};

enum class Wait { call, time_is_over, nobody_left };

Wait wait_for_call(int listener, int timeout_ms) {
  pollfd poll{listener, POLLIN, 0};
  const int ready = ::poll(&poll, 1, timeout_ms);
  if (ready == 0)
    return Wait::time_is_over;
  return (ready > 0 && (poll.revents & POLLIN) != 0) || (ready < 0 && errno == EINTR) ? Wait::call : Wait::nobody_left;
}

/// What one thread does.
class Thread {
public:
  Thread(int listener, ByteStore& store, CatchAllCounters& counters, TakenCalls& taken, LongCalls& long_calls,
         std::size_t number)
      : m_listener(listener), m_counters(counters), m_taken(taken), m_long_calls(long_calls), m_number(number),
        m_answerer(listener, &store, counters) {}

  void take_call() {
    const seccomp_notif* call = m_notification.receive(m_listener);
    if (call == nullptr)
      return;
    m_taken.take(m_number, call->id);
    if (!Answerer::is_long(*call))
      send(call->id, m_answerer.answer(*call));
    else
      begin(long_call(*call));
    m_taken.give_back(m_number);
  }

  void go_on_with_a_long_one() {
    auto call = m_long_calls.take();
    if (!call)
      return;
    const auto value = m_answerer.go_on(*call);
    if (!value)
      return m_long_calls.put_back(*call);
    send(call->id, *value);
    m_taken.unpark(call->id);
    m_long_calls.finish();
  }

private:
  static LongCall long_call(const seccomp_notif& call) {
    return {.id = call.id,
            .thread = static_cast<pid_t>(call.pid),
            .process = process_of(static_cast<pid_t>(call.pid)),
            .address = call.data.args[0],
            .length = std::min<std::uint64_t>(call.data.args[1], k_max_answer_bytes)};
  }

  void begin(LongCall call) {
    if (m_taken.park(call.id)) {
      if (m_long_calls.add(call))
        return;
      m_taken.unpark(call.id);
    }
    const auto value = m_answerer.go_on(call);
    send(call.id, value.value_or(static_cast<std::int64_t>(call.done)));
  }

  void send(std::uint64_t id, std::int64_t value) {
    ++m_counters.requests;
    if (value < 0)
      ++m_counters.refused;
    m_notification.send(m_listener, id, value);
    wipe(std::as_writable_bytes(std::span(&value, 1))); // a word's bytes
  }

  int m_listener;
  CatchAllCounters& m_counters;
  TakenCalls& m_taken;
  LongCalls& m_long_calls;
  std::size_t m_number;
  Notification m_notification;
  Answerer m_answerer;
};

} // namespace

void answer_calls(int listener, ByteStore& store, CatchAllCounters& counters, TakenCalls& taken, LongCalls& long_calls,
                  std::size_t thread) noexcept {
  ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
  Thread self(listener, store, counters, taken, long_calls, thread);
  for (;;)
    switch (wait_for_call(listener, long_calls.wait_ms())) {
    case Wait::call:
      self.take_call();
      break;
    case Wait::time_is_over:
      self.go_on_with_a_long_one();
      break;
    case Wait::nobody_left:
      return;
    }
}

void refuse_calls(int listener, const TakenCalls& taken) noexcept {
  Notification notification;
  // A call that nobody has taken yet is not answered by its number (EINPROGRESS), nor one that has its answer (ENOENT).
  for (const std::uint64_t id : taken.candidates())
    notification.send(listener, id, -EPERM);
  while (wait_for_call(listener, -1) == Wait::call)
    if (const seccomp_notif* call = notification.receive(listener))
      notification.send(listener, call->id, -EPERM);
}

namespace {

/// The child of a trial: exit code 0 where its call was answered, else errno of what failed.
[[noreturn]] void be_tried(int socket) {
  const auto listener = install_catch_all_filter();
  if (!listener) {
    const std::string& reason = listener.error().message;
    send_descriptor(socket, -1, std::byte{1});
    send_all(socket, std::as_bytes(std::span(reason)));
    ::_exit(1);
  }
  send_descriptor(socket, listener->get(), std::byte{0});
  std::array<char, k_handshake_bytes> answer{};
  const long got = ::syscall(SYS_getrandom, answer.data(), answer.size(), k_handshake_flags);
  ::_exit(got == static_cast<long>(answer.size()) && std::ranges::equal(answer, k_handshake_answer) ? 0
          : got < 0                                                                                 ? errno
                                                                                                    : EIO);
}

/// What was written to the socket until its other end closed.
std::string read_reason(int socket) {
  std::string reason;
  std::array<char, 256> text{};
  for (ssize_t got = 0; reason.size() < 1024 && (got = ::recv(socket, text.data(), text.size(), 0)) > 0;)
    reason.append(text.data(), static_cast<std::size_t>(got));
  return reason;
}

constexpr int k_trial_limit_ms = 10'000;

Error explain_trial(int status) {
  if (!WIFEXITED(status))
    return {ErrorCode::process, "its trial was ended by signal " + std::to_string(WTERMSIG(status))};
  switch (WEXITSTATUS(status)) {
  case EPERM:
    return {ErrorCode::denied,
            "getrandom is refused from outside, or this process may not write to its children's memory"};
  case ENOSYS:
    return {ErrorCode::denied, "getrandom is refused from outside"};
  default:
    return {ErrorCode::unsupported,
            std::string("a call was not answered as it should: ") + std::strerror(WEXITSTATUS(status))};
  }
}

} // namespace

Result<void> try_catch_all() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail(system_error(errno, "cannot make a socket"));
  const UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0)
    return fail(system_error(errno, "cannot fork"));
  if (child == 0) {
    // It waits for its parent, and would for ever where a signal has ended that.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent)
      ::_exit(ECHILD);
    be_tried(theirs.get());
  }
  theirs.reset();

  std::optional<Error> failure;
  const ReceivedDescriptor received = receive_descriptor(ours.get());
  if (!received.descriptor) {
    failure =
        Error(ErrorCode::denied, received.note == std::byte{1} ? read_reason(ours.get()) : "its trial ended early");
  } else if (wait_for_call(received.descriptor.get(), k_trial_limit_ms) == Wait::call) {
    CatchAllCounters counters;
    Notification notification;
    Answerer answerer(received.descriptor.get(), nullptr, counters);
    if (const seccomp_notif* call = notification.receive(received.descriptor.get()))
      notification.send(received.descriptor.get(), call->id, answerer.answer(*call));
    else
      ::kill(child, SIGKILL);
  } else {
    ::kill(child, SIGKILL); // where it waits for an answer that nobody was told to give
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (failure)
    return fail(*std::move(failure));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail(explain_trial(status));
  return {};
}

} // namespace kif::broker
