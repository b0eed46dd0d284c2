// SPDX-License-Identifier: Apache-2.0
#include "watch/listener.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <system_error>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace kif::watch {
namespace {

constexpr std::size_t k_max_state_bytes = 256 * 1024;

struct Handover {
  UniqueFd listener;
  std::string state;
};

// The first message carries the descriptor; the state may follow in pieces until the runtime closes its end.
Result<Handover> receive_handover(int connection) {
  Handover handover;
  std::vector<char> text(k_max_state_bytes);
  for (;;) {
    iovec part{text.data(), text.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return fail(system_error(errno, "cannot receive the container's seccomp listener"));
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header))
      if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
        handover.listener = UniqueFd(fd);
      }
    if (count == 0)
      break;
    handover.state.append(text.data(), static_cast<std::size_t>(count));
    if (handover.state.size() > k_max_state_bytes)
      return fail(ErrorCode::too_large, "cannot receive the container's state: larger than the bound");
    if (handover.listener && nlohmann::json::accept(handover.state))
      break; // whole: the container waits for its listener to be served, and the runtime may keep its end open
  }
  if (!handover.listener)
    return fail(ErrorCode::process, "cannot receive the container's seccomp listener: the runtime sent none");
  return handover;
}

} // namespace

Result<int> parse_container_process_state(std::string_view json) {
  const auto state = nlohmann::json::parse(json, nullptr, false);
  if (state.is_object())
    if (const auto pid = state.find("pid"); pid != state.end() && pid->is_number_integer() && pid->get<int>() > 0)
      return pid->get<int>();
  return fail(ErrorCode::invalid_input, "cannot read the container's state: no process is named in it");
}

Result<std::unique_ptr<TraceListener>> TraceListener::start(const std::filesystem::path& socket_path,
                                                            std::function<void(int)> at_start) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket_path.string();
  if (path.size() >= sizeof address.sun_path)
    return fail(Error(ErrorCode::unsupported, "cannot listen at " + path + ": longer than a socket's name may be")
                    .with_hint("set TMPDIR to a shorter path"));
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), 4) != 0)
    return fail(system_error(errno, "cannot listen at " + path));
  UniqueFd stop(::eventfd(0, EFD_CLOEXEC));
  if (!stop)
    return fail(system_error(errno, "cannot make an event descriptor"));
  auto listener = std::make_unique<TraceListener>(std::move(socket), std::move(stop));
  listener->m_recorder.set_at_start(std::move(at_start));
  try {
    listener->m_thread = std::thread([raw = listener.get()] { raw->serve(); });
  } catch (const std::system_error& error) { // no more threads for this user
    return fail(system_error(error.code().value(), "cannot start the listener's thread"));
  }
  return listener;
}

TraceListener::TraceListener(UniqueFd socket, UniqueFd stop)
    : m_socket(std::move(socket)), m_stop(std::move(stop)), m_recorder(m_tracee) {}

TraceListener::~TraceListener() {
  if (m_thread.joinable())
    finish();
}

Trace TraceListener::finish() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(m_stop.get(), &one, sizeof one); // an eventfd at 0 takes it
  m_thread.join();
  m_ports.clear();
  return std::move(m_recorder.trace());
}

void TraceListener::serve() noexcept {
  sigset_t all; // signals are the main thread's to take
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::string failure;
  try {
    if (const auto served = serve_until_stopped(); !served)
      failure = served.error().message;
  } catch (const std::exception& fault) {
    failure = fault.what();
  } catch (...) {
    failure = "unknown exception";
  }
  m_ports.clear(); // what still waits gets ENOSYS now
  if (m_recorder.trace().failure.empty())
    m_recorder.trace().failure = std::move(failure);
}

Result<void> TraceListener::serve_until_stopped() {
  for (;;) {
    std::vector<pollfd> waits = {{m_stop.get(), POLLIN, 0}, {m_socket.get(), POLLIN, 0}};
    for (const auto& port : m_ports)
      waits.push_back({port->fd(), POLLIN, 0});
    if (::poll(waits.data(), waits.size(), -1) < 0) {
      if (errno == EINTR)
        continue;
      return fail(system_error(errno, "cannot wait for the container's calls"));
    }
    bool answered = false;
    for (std::size_t i = m_ports.size(); i-- > 0;) {
      const short seen = waits[i + 2].revents;
      if ((seen & POLLIN) != 0) {
        KIF_CHECK(answer(*m_ports[i]));
        answered = true;
      } else if ((seen & (POLLHUP | POLLERR)) != 0) {
        m_ports.erase(m_ports.begin() + static_cast<std::ptrdiff_t>(i)); // all who had this filter are gone
      }
    }
    if ((waits[1].revents & POLLIN) != 0)
      KIF_CHECK(take_listener());
    else if ((waits[0].revents & POLLIN) != 0 && !answered)
      return {};
  }
}

Result<void> TraceListener::take_listener() {
  const UniqueFd connection(::accept4(m_socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!connection)
    return fail(system_error(errno, "cannot take the runtime's connection"));
  KIF_TRY(Handover handover, receive_handover(connection.get()));
  KIF_TRY(const int pid, parse_container_process_state(handover.state));
  if (m_ports.empty())
    m_recorder.set_container_process(pid);
  KIF_TRY(auto port, KernelPort::create(std::move(handover.listener)));
  m_ports.push_back(std::move(port));
  return {};
}

Result<void> TraceListener::answer(KernelPort& port) {
  KIF_TRY(const auto notification, port.receive());
  if (!notification)
    return {};
  return m_recorder.handle(port, *notification);
}

} // namespace kif::watch
