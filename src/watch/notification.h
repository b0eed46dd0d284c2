// SPDX-License-Identifier: Apache-2.0
// Seccomp user notifications (seccomp_unotify(2)): a call of the container waits in the kernel until kif lets it go on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace kif::watch {

struct Notification {
  std::uint64_t id = 0;
  int tid = 0;
  std::uint32_t arch = 0; ///< AUDIT_ARCH_…
  int number = 0;
  std::uint64_t instruction_pointer = 0;
  std::array<std::uint64_t, 6> arguments{};
};

/// The calls that a trace asks to be told about.
enum class Call {
  getrandom,
  open,
  openat,
  openat2,
  read,
  pread64,
  readv,
  preadv,
  preadv2,
  sendfile,
  splice,
  bind,
  execve,
  execveat,
};

/// The kernel's names of these calls, for a seccomp profile.
const std::vector<std::string_view>& traced_calls();

/// Which call a number stands for, in every ABI of this machine (x86-64: also i386 and x32), or none.
/// Threads: safe after construction.
class CallTable {
public:
  CallTable();
  std::optional<Call> find(std::uint32_t arch, int number) const noexcept;

private:
  struct Entry {
    std::uint32_t arch;
    int number;
    Call call;
  };
  std::vector<Entry> m_entries; ///< sorted by arch and number
};

/// An argument that the kernel takes as a 32-bit int (a descriptor, flags).
inline int as_int(std::uint64_t argument) noexcept {
  return static_cast<int>(static_cast<std::uint32_t>(argument));
}

/// The listening end of a filter. Tests put their own in its place.
class NotificationPort {
public:
  NotificationPort() = default;
  NotificationPort(const NotificationPort&) = delete;
  NotificationPort& operator=(const NotificationPort&) = delete;
  virtual ~NotificationPort() = default;

  /// The next notification; none where the caller is gone already (killed while it waited).
  virtual Result<std::optional<Notification>> receive() = 0;
  /// The call is still waiting. To be asked after everything that was read by its thread's number: only then was that
  /// thread, and not a later one of the same number, what was read.
  virtual bool still_waiting(std::uint64_t id) const noexcept = 0;
  /// Lets the call go on in the kernel as it stands. False: it waits no more, because a signal interrupted it; where it
  /// is restarted, it comes again as another notification.
  virtual Result<bool> let_go_on(std::uint64_t id) = 0;
};

/// The kernel's listener descriptor. Closing it makes every traced call of the container fail with ENOSYS from then on.
class KernelPort final : public NotificationPort {
public:
  static Result<std::unique_ptr<KernelPort>> create(UniqueFd listener);
  Result<std::optional<Notification>> receive() override;
  bool still_waiting(std::uint64_t id) const noexcept override;
  Result<bool> let_go_on(std::uint64_t id) override;
  int fd() const noexcept { return m_listener.get(); }

  /// For create(), which asks the kernel for the sizes of its structures.
  KernelPort(UniqueFd listener, std::size_t request_bytes, std::size_t response_bytes)
      : m_listener(std::move(listener)), m_request(request_bytes), m_response(response_bytes) {}

private:
  UniqueFd m_listener;
  std::vector<std::byte> m_request; ///< of the size that this kernel fills
  std::vector<std::byte> m_response;
};

} // namespace kif::watch
