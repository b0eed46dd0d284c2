// SPDX-License-Identifier: Apache-2.0
#include "broker/generator.h"

#include <cerrno>
#include <memory>

#include <sys/socket.h>
#include <sys/time.h>

#include "base/wipe.h"
#include "broker/socket_io.h"

namespace kif::broker {

namespace {

/// 0: none, for ever.
void limit_waiting(int link, int limit_ms) noexcept {
  const timeval limit{limit_ms / 1000, limit_ms % 1000 * 1000};
  ::setsockopt(link, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

/// The time limit is the socket's own: a request that comes at once costs no further system call.
bool receive_request(int link, std::uint32_t& wanted, void* context, IdleFunction idle) noexcept {
  if (receive_all(link, std::as_writable_bytes(std::span(&wanted, 1))))
    return true;
  if (idle == nullptr || errno != EAGAIN)
    return false;
  idle(context);
  limit_waiting(link, 0);
  const bool received = receive_all(link, std::as_writable_bytes(std::span(&wanted, 1)));
  limit_waiting(link, k_idle_ms);
  return received;
}

} // namespace

void serve_draws(int link, DrawFunction draw, void* context, IdleFunction idle) noexcept {
  if (idle != nullptr)
    limit_waiting(link, k_idle_ms);
  // Answer and status in one message, so that one wake-up of the other side does.
  const auto buffer = std::make_unique<WipingArray<1 + k_max_draw_bytes>>();
  const std::span<std::byte> all = buffer->bytes();
  std::uint32_t wanted = 0;
  while (receive_request(link, wanted, context, idle)) {
    if (wanted == 0 || wanted > k_max_draw_bytes)
      return;
    const auto drawn = all.subspan(1, wanted);
    const bool good = draw(context, drawn);
    all[0] = good ? k_drawn : k_not_drawn;
    const bool sent = send_all(link, good ? all.first(1 + wanted) : all.first(1));
    wipe(drawn);
    if (!sent)
      return;
  }
}

} // namespace kif::broker
