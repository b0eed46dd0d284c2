// SPDX-License-Identifier: Apache-2.0
#include "broker/catch_all.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/wipe.h"
#include "broker/catch_all_filter.h"
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
  }

private:
  std::vector<std::byte> m_request = std::vector<std::byte>(sizeof(seccomp_notif));
  std::vector<std::byte> m_response = std::vector<std::byte>(sizeof(seccomp_notif_resp));
};

/// The memory of the process whose call is waiting. None: it may not be written to.
UniqueFd open_memory(pid_t process) {
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/mem", static_cast<int>(process));
  return process > 0 ? UniqueFd(::open(path.data(), O_WRONLY | O_CLOEXEC)) : UniqueFd();
}

bool is_waiting(int listener, std::uint64_t id) {
  return ::ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

/// Bytes written; less than all where the caller's memory ends, none at all where it begins badly.
std::size_t write_memory(int memory, std::uint64_t address, std::span<const std::byte> bytes) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count =
        ::pwrite64(memory, bytes.data() + written, bytes.size() - written, static_cast<off64_t>(address + written));
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      break;
    written += static_cast<std::size_t>(count);
  }
  return written;
}

constexpr std::size_t k_chunk_bytes = 65536;

/// Answers one call at a time.
class Answerer {
public:
  Answerer(int listener, ByteStore* store, CatchAllCounters& counters)
      : m_listener(listener), m_store(store), m_counters(counters), m_chunk(k_chunk_bytes) {}

  /// The call's result, or a negative errno.
  std::int64_t answer(const seccomp_notif& call) {
    const std::uint64_t address = call.data.args[0];
    const std::uint64_t length = call.data.args[1];
    const auto flags = static_cast<unsigned>(call.data.args[2]);
    const bool is_handshake = flags == k_handshake_flags;
    if (!is_handshake && ((flags & ~(GRND_NONBLOCK | GRND_RANDOM | k_grnd_insecure)) != 0 ||
                          (flags & (GRND_RANDOM | k_grnd_insecure)) == (GRND_RANDOM | k_grnd_insecure)))
      return -EINVAL;
    if (is_handshake ? length != k_handshake_bytes : length == 0)
      return is_handshake ? -EINVAL : 0;
    const UniqueFd memory = open_memory(static_cast<pid_t>(call.pid));
    if (!memory)
      return -EPERM;
    if (!is_waiting(m_listener, call.id))
      return -ENOENT; // nobody will see it
    if (is_handshake)
      return write_memory(memory.get(), address, std::as_bytes(std::span(k_handshake_answer))) == k_handshake_bytes
                 ? std::int64_t{k_handshake_bytes}
                 : -EFAULT;
    return fill(memory.get(), address, std::min(length, k_max_answer_bytes), call.id);
  }

private:
  std::int64_t fill(int memory, std::uint64_t address, std::uint64_t length, std::uint64_t id) {
    std::uint64_t done = 0;
    while (done < length) {
      const auto chunk = std::span(m_chunk).first(std::min<std::uint64_t>(length - done, m_chunk.size()));
      if (m_store == nullptr || !m_store->draw(chunk))
        return done > 0 ? static_cast<std::int64_t>(done) : -EPERM;
      const std::size_t written = write_memory(memory, address + done, chunk);
      wipe(chunk);
      done += written;
      m_counters.bytes += written;
      if (written < chunk.size())
        return done > 0 ? static_cast<std::int64_t>(done) : -EFAULT;
      if (done < length && !is_waiting(m_listener, id)) // a long one, and its caller was killed
        break;
    }
    return static_cast<std::int64_t>(done);
  }

  int m_listener;
  ByteStore* m_store;
  CatchAllCounters& m_counters;
  std::vector<std::byte> m_chunk;
};

/// False: nobody has the filter any more.
bool wait_for_call(int listener, int timeout_ms) {
  pollfd poll{listener, POLLIN, 0};
  const int ready = ::poll(&poll, 1, timeout_ms);
  return (ready > 0 && (poll.revents & POLLIN) != 0) || (ready < 0 && errno == EINTR);
}

} // namespace

void answer_calls(int listener, ByteStore& store, CatchAllCounters& counters, TakenCalls& taken,
                  std::size_t thread) noexcept {
  ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
  Notification notification;
  Answerer answerer(listener, &store, counters);
  while (wait_for_call(listener, -1)) {
    const seccomp_notif* call = notification.receive(listener);
    if (call == nullptr)
      continue;
    taken.take(thread, call->id);
    const std::int64_t value = answerer.answer(*call);
    ++counters.requests;
    if (value < 0)
      ++counters.refused;
    notification.send(listener, call->id, value);
    taken.give_back(thread);
  }
}

void refuse_calls(int listener, const TakenCalls& taken) noexcept {
  Notification notification;
  // A call that nobody has taken yet is not answered by its number (EINPROGRESS), nor one that has its answer (ENOENT).
  for (const std::uint64_t id : taken.candidates())
    notification.send(listener, id, -EPERM);
  while (wait_for_call(listener, -1))
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
    return {ErrorCode::denied, "getrandom is refused from outside, or this process may not write to its children's memory"};
  case ENOSYS:
    return {ErrorCode::denied, "getrandom is refused from outside"};
  default:
    return {ErrorCode::unsupported, std::string("a call was not answered as it should: ") +
                                        std::strerror(WEXITSTATUS(status))};
  }
}

} // namespace

Result<void> try_catch_all() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail(system_error(errno, "cannot make a socket"));
  const UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  const pid_t child = ::fork();
  if (child < 0)
    return fail(system_error(errno, "cannot fork"));
  if (child == 0)
    be_tried(theirs.get());
  theirs.reset();

  std::optional<Error> failure;
  const ReceivedDescriptor received = receive_descriptor(ours.get());
  if (!received.descriptor) {
    failure = Error(ErrorCode::denied, received.note == std::byte{1} ? read_reason(ours.get()) : "its trial ended early");
  } else if (wait_for_call(received.descriptor.get(), k_trial_limit_ms)) {
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
