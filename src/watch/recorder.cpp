// SPDX-License-Identifier: Apache-2.0
#include "watch/recorder.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <linux/if_alg.h>
#include <linux/openat2.h>
#include <seccomp.h>
#include <sys/socket.h>

namespace kif::watch {
namespace {

bool has_32_bit_pointers(const Notification& notification) noexcept {
#if defined(__x86_64__)
  constexpr int k_x32_bit = 0x40000000;
  return notification.arch == SCMP_ARCH_X86 || (notification.number & k_x32_bit) != 0;
#else
  return notification.arch == SCMP_ARCH_ARM;
#endif
}

} // namespace

Recorder::Recorder(const Tracee& tracee, Clock clock) : m_tracee(tracee), m_clock(std::move(clock)) {}

Result<void> Recorder::handle(NotificationPort& port, const Notification& notification) {
  ++m_trace.notifications;
  const std::size_t events_before = m_trace.events.size();
  const std::uint64_t dropped_before = m_trace.dropped;
  const std::uint64_t unread_before = m_trace.unread;
  m_asker.reset();
  examine_and_record(port, notification);
  KIF_TRY(const bool went_on, port.let_go_on(notification.id));
  if (!went_on) { // this call did not take place: a caller that has ended cannot be read, too
    m_trace.events.resize(events_before);
    m_trace.dropped = dropped_before;
    m_trace.unread = unread_before;
  } else if (m_asker) {
    m_trace.events.back().is_repeated = !m_asked_like_malloc.insert(*m_asker).second;
  }
  return {};
}

void Recorder::examine_and_record(NotificationPort& port, const Notification& notification) {
  if (const auto call = m_calls.find(notification.arch, notification.number)) {
    if (*call == Call::execve || *call == Call::execveat)
      note_start(notification, *call == Call::execveat);
    else if (m_trace.started)
      if (const auto finding = examine(notification, *call))
        record(port, notification, *finding);
  } else if (m_trace.started) {
    ++m_trace.unread; // libseccomp also hands over i386's socketcall, which has a bind somewhere in memory
  }
}

void Recorder::note_start(const Notification& notification, bool by_descriptor) {
  if (!m_trace.started && m_tracee.process_of(notification.tid) == m_container_process) {
    m_trace.started = true;
    if (m_at_start)
      m_at_start(notification.tid);
    m_start = m_clock();
    m_root = m_tracee.root_of(m_container_process);
    if (m_root == "/")
      m_root.clear();
    // Whoever cannot read this first argument can read none, and would see nothing in the best of faith.
    if (!m_tracee.read_path(notification.tid, notification.arguments[by_descriptor ? 1 : 0]))
      m_trace.failure = "cannot read the memory of the container's processes";
  }
  if (m_trace.started)
    note_variables(notification, by_descriptor);
}

void Recorder::note_variables(const Notification& notification, bool by_descriptor) {
  ProgramStart start;
  start.variables = leading_variables(m_tracee, notification.tid, notification.arguments[by_descriptor ? 3 : 2],
                                      has_32_bit_pointers(notification) ? 4 : 8);
  if (start.variables.empty() || m_trace.starts.size() == Trace::k_max_starts)
    return;
  start.program =
      m_tracee.read_path(notification.tid, notification.arguments[by_descriptor ? 1 : 0]).value_or(std::string());
  if (std::ranges::find(m_trace.starts, start) == m_trace.starts.end())
    m_trace.starts.push_back(std::move(start));
}

std::optional<Recorder::Finding> Recorder::examine(const Notification& notification, Call call) {
  switch (call) {
  case Call::getrandom:
    return Finding{Act::call, Source::getrandom, notification.arguments[1],
                   static_cast<std::uint32_t>(notification.arguments[2])};
  case Call::open:
  case Call::openat:
  case Call::openat2:
    return examine_open(notification, call);
  case Call::bind:
    return examine_bind(notification);
  case Call::execve:
  case Call::execveat:
    return std::nullopt;
  default:
    return examine_read(notification, call);
  }
}

std::optional<Recorder::Finding> Recorder::examine_open(const Notification& notification, Call call) {
  const auto& arguments = notification.arguments;
  const bool with_folder = call != Call::open;
  const auto path = m_tracee.read_path(notification.tid, arguments[with_folder ? 1 : 0]);
  if (!path) {
    ++m_trace.unread;
    return std::nullopt;
  }
  const auto source = m_tracee.source_of_path(notification.tid, with_folder ? as_int(arguments[0]) : AT_FDCWD, *path);
  if (!source)
    return std::nullopt;
  std::uint64_t flags = arguments[with_folder ? 2 : 1];
  if (call == Call::openat2) {
    std::array<std::byte, sizeof flags> first_member{}; // open_how begins with the flags
    if (m_tracee.read_memory(notification.tid, arguments[2], first_member))
      std::memcpy(&flags, first_member.data(), sizeof flags);
  }
  return Finding{Act::open, *source, 0, static_cast<std::uint32_t>(flags)};
}

std::optional<Recorder::Finding> Recorder::examine_read(const Notification& notification, Call call) const {
  const auto& arguments = notification.arguments;
  const int fd = as_int(arguments[call == Call::sendfile ? 1 : 0]);
  const auto source = m_tracee.source_of_descriptor(notification.tid, fd);
  if (!source)
    return std::nullopt;
  std::uint64_t bytes = arguments[2];
  if (call == Call::readv || call == Call::preadv || call == Call::preadv2)
    bytes = sum_of_vector(notification);
  else if (call == Call::sendfile)
    bytes = arguments[3];
  else if (call == Call::splice)
    bytes = arguments[4];
  return Finding{Act::read, *source, bytes, 0};
}

std::uint64_t Recorder::sum_of_vector(const Notification& notification) const {
  const std::size_t word = has_32_bit_pointers(notification) ? 4 : 8;
  const std::size_t count = std::min<std::uint64_t>(notification.arguments[2], IOV_MAX);
  std::vector<std::byte> vector(count * 2 * word); // struct iovec: address, length
  if (!m_tracee.read_memory(notification.tid, notification.arguments[1], vector))
    return 0;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t length = 0; // both ABIs are little-endian
    std::memcpy(&length, vector.data() + (2 * i + 1) * word, word);
    sum += length;
  }
  return sum;
}

std::optional<Recorder::Finding> Recorder::examine_bind(const Notification& notification) const {
  sockaddr_alg address{};
  // Type and family stand in the first 16 bytes; the rest may be shorter than the structure.
  constexpr std::size_t k_head = offsetof(sockaddr_alg, salg_feat);
  if (notification.arguments[2] < k_head ||
      !m_tracee.read_memory(notification.tid, notification.arguments[1],
                            std::as_writable_bytes(std::span(&address, 1)).first(k_head)))
    return std::nullopt;
  const std::string_view type(reinterpret_cast<const char*>(address.salg_type),
                              ::strnlen(reinterpret_cast<const char*>(address.salg_type), sizeof address.salg_type));
  if (address.salg_family != AF_ALG || type != "rng")
    return std::nullopt;
  return Finding{Act::open, Source::kernel_rng, 0, 0};
}

void Recorder::record(NotificationPort& port, const Notification& notification, const Finding& finding) {
  const auto time = m_clock() - m_start;
  if (m_trace.events.size() == Trace::k_max_events) {
    ++m_trace.dropped;
    return;
  }
  Tracee::Identity identity = m_tracee.identify(notification.tid);
  strip_root(identity.executable);
  auto callers = m_tracee.callers(notification.tid, notification.instruction_pointer);
  for (Frame& frame : callers)
    strip_root(frame.file);
  Event event{.time = time,
              .pid = identity.pid,
              .tid = notification.tid,
              .process = identity.name,
              .executable = std::move(identity.executable),
              .act = finding.act,
              .source = finding.source,
              .bytes = finding.bytes,
              .flags = finding.flags,
              .callers = std::move(callers)};
  std::optional<Start> asker;
  if (is_like_mallocs(event)) {
    event.own_libc = m_tracee.own_libc(event.pid);
    strip_root(event.own_libc);
    asker = {event.pid, m_tracee.stack_begin(event.pid)};
  }
  if (!port.still_waiting(notification.id)) // what was just read may be about another thread of that number
    return;
  m_asker = asker;
  m_trace.events.push_back(std::move(event));
}

void Recorder::strip_root(std::string& path) const {
  if (!m_root.empty() && path.starts_with(m_root + "/"))
    path.erase(0, m_root.size());
}

} // namespace kif::watch
