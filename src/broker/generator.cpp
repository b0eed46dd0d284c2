// SPDX-License-Identifier: Apache-2.0
#include "broker/generator.h"

#include <memory>

#include "base/wipe.h"
#include "broker/socket_io.h"

namespace kif::broker {

void serve_draws(int link, DrawFunction draw, void* context) noexcept {
  // Answer and status in one message, so that one wake-up of the other side does.
  const auto buffer = std::make_unique<WipingArray<1 + k_max_draw_bytes>>();
  const std::span<std::byte> all = buffer->bytes();
  std::uint32_t wanted = 0;
  while (receive_all(link, std::as_writable_bytes(std::span(&wanted, 1)))) {
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
