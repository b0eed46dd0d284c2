// SPDX-License-Identifier: Apache-2.0
#include "counting_generator.h"

#include <array>
#include <bit>

#include <sys/socket.h>

#include "broker/generator.h"

namespace kif::broker {

std::byte stream_byte(std::uint64_t position) noexcept {
  static_assert(std::endian::native == std::endian::little);
  return std::byte(position / sizeof(std::uint64_t) >> position % sizeof(std::uint64_t) * 8);
}

bool is_stream_from(std::uint64_t position, std::span<const std::byte> bytes) noexcept {
  for (const std::byte byte : bytes)
    if (byte != stream_byte(position++))
      return false;
  return true;
}

CountingGenerator::CountingGenerator(std::uint64_t first_position) : position(first_position) {
  std::array<int, 2> ends{};
  ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data());
  m_store_end = UniqueFd(ends[0]);
  m_generator_end = UniqueFd(ends[1]);
  m_thread = std::thread([this] {
    serve_draws(m_generator_end.get(), draw, this);
    ::shutdown(m_generator_end.get(), SHUT_RDWR);
  });
}

CountingGenerator::~CountingGenerator() {
  end();
  m_thread.join();
}

void CountingGenerator::end() noexcept {
  ::shutdown(m_generator_end.get(), SHUT_RDWR);
}

bool CountingGenerator::draw(void* self, std::span<std::byte> out) {
  auto& generator = *static_cast<CountingGenerator*>(self);
  if (++generator.requests >= generator.ends_at_request)
    generator.end();
  if (generator.delay_ms > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(generator.delay_ms));
  if (generator.refuses)
    return false;
  std::uint64_t at = generator.position;
  for (std::byte& byte : out)
    byte = stream_byte(at++);
  generator.position = at;
  return true;
}

} // namespace kif::broker
