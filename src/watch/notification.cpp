// SPDX-License-Identifier: Apache-2.0
#include "watch/notification.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Since Linux 6.6; the headers kif is built with may be older.
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

namespace kif::watch {
namespace {

struct NamedCall {
  std::string_view name;
  Call call;
};

constexpr std::array<NamedCall, 15> k_calls = {{
    {"getrandom", Call::getrandom},
    {"open", Call::open},
    {"openat", Call::openat},
    {"openat2", Call::openat2},
    {"read", Call::read},
    {"pread64", Call::pread64},
    {"readv", Call::readv},
    {"preadv", Call::preadv},
    {"preadv2", Call::preadv2},
    {"sendfile", Call::sendfile},
    {"sendfile64", Call::sendfile},
    {"splice", Call::splice},
    {"bind", Call::bind},
    {"execve", Call::execve},
    {"execveat", Call::execveat},
}};

// What seccomp_data.arch says in that ABI: x32 shares AUDIT_ARCH_X86_64 and marks its numbers with bit 30 instead.
struct Abi {
  std::uint32_t libseccomp;
  std::uint32_t audit;
};
#if defined(__x86_64__)
constexpr std::array<Abi, 3> k_abis = {
    {{SCMP_ARCH_X86_64, SCMP_ARCH_X86_64}, {SCMP_ARCH_X86, SCMP_ARCH_X86}, {SCMP_ARCH_X32, SCMP_ARCH_X86_64}}};
#elif defined(__aarch64__)
constexpr std::array<Abi, 2> k_abis = {{{SCMP_ARCH_AARCH64, SCMP_ARCH_AARCH64}, {SCMP_ARCH_ARM, SCMP_ARCH_ARM}}};
#else
#error "watch/ knows the system call ABIs of x86-64 and arm64 only"
#endif

} // namespace

const std::vector<std::string_view>& traced_calls() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const NamedCall& entry : k_calls)
      all.push_back(entry.name);
    return all;
  }();
  return names;
}

CallTable::CallTable() {
  for (const Abi& abi : k_abis)
    for (const NamedCall& entry : k_calls)
      if (const int number = seccomp_syscall_resolve_name_arch(abi.libseccomp, entry.name.data()); number >= 0)
        m_entries.push_back({abi.audit, number, entry.call});
  std::sort(m_entries.begin(), m_entries.end(),
            [](const Entry& a, const Entry& b) { return std::pair(a.arch, a.number) < std::pair(b.arch, b.number); });
}

std::optional<Call> CallTable::find(std::uint32_t arch, int number) const noexcept {
  const auto found = std::lower_bound(m_entries.begin(), m_entries.end(), std::pair(arch, number),
                                      [](const Entry& entry, const std::pair<std::uint32_t, int>& wanted) {
                                        return std::pair(entry.arch, entry.number) < wanted;
                                      });
  if (found == m_entries.end() || found->arch != arch || found->number != number)
    return std::nullopt;
  return found->call;
}

Result<std::unique_ptr<KernelPort>> KernelPort::create(UniqueFd listener) {
  seccomp_notif_sizes sizes{};
  if (::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0)
    return fail(system_error(errno, "cannot use seccomp notifications"));
  // The caller and kif take turns, so that waking each other on the same processor is the quicker way. An old kernel
  // refuses this, and works without.
  ::ioctl(listener.get(), SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
  return std::make_unique<KernelPort>(std::move(listener),
                                      std::max<std::size_t>(sizes.seccomp_notif, sizeof(seccomp_notif)),
                                      std::max<std::size_t>(sizes.seccomp_notif_resp, sizeof(seccomp_notif_resp)));
}

Result<std::optional<Notification>> KernelPort::receive() {
  std::fill(m_request.begin(), m_request.end(), std::byte{0}); // the kernel refuses a buffer that is not zero
  while (::ioctl(m_listener.get(), SECCOMP_IOCTL_NOTIF_RECV, m_request.data()) != 0) {
    if (errno == ENOENT)
      return std::optional<Notification>();
    if (errno != EINTR)
      return fail(system_error(errno, "cannot receive a seccomp notification"));
  }
  seccomp_notif request{};
  std::memcpy(&request, m_request.data(), sizeof request);
  Notification notification{.id = request.id,
                            .tid = static_cast<int>(request.pid),
                            .arch = request.data.arch,
                            .number = request.data.nr,
                            .instruction_pointer = request.data.instruction_pointer};
  std::copy(std::begin(request.data.args), std::end(request.data.args), notification.arguments.begin());
  return std::optional(notification);
}

bool KernelPort::still_waiting(std::uint64_t id) const noexcept {
  return ::ioctl(m_listener.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

Result<bool> KernelPort::let_go_on(std::uint64_t id) {
  seccomp_notif_resp response{};
  response.id = id;
  response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  std::fill(m_response.begin(), m_response.end(), std::byte{0});
  std::memcpy(m_response.data(), &response, sizeof response);
  while (::ioctl(m_listener.get(), SECCOMP_IOCTL_NOTIF_SEND, m_response.data()) != 0) {
    if (errno == ENOENT)
      return false;
    if (errno != EINTR)
      return fail(system_error(errno, "cannot answer a seccomp notification"));
  }
  return true;
}

} // namespace kif::watch
