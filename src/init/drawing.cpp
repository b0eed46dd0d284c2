// SPDX-License-Identifier: Apache-2.0
#include "init/drawing.h"

#include <array>
#include <string_view>

#include "base/generation_id.h"
#include "base/trapped_getrandom.h"

namespace kif::init {

CopySigns copy_signs(const char* value) noexcept {
  if (value != nullptr && std::string_view(value) == "off")
    return {};
  return {.clocks = true, .kernel = find_vdso_getrandom() != nullptr && has_generation_id(), .wall_clock = true};
}

Drawing::Drawing(const libcrypto::Libcrypto& crypto, CopySigns signs)
    : m_crypto(crypto), m_seeds(crypto), m_watch(signs) {
  if (signs.kernel && !trap_getrandom())
    m_watch.leave_kernel_alone();
  m_watch.moved(); // the first look, before anything is drawn
}

bool Drawing::draw(void* drawing, std::span<std::byte> out) {
  return static_cast<Drawing*>(drawing)->draw(out);
}

/// The source anew, with its start-up test; the DRBG, and the one that seeds it, with blocks made after this (SP
/// 800-90A §8.8).
bool Drawing::reseed() {
  EVP_RAND_CTX* drbg = m_crypto.RAND_get0_public(nullptr);
  return m_seeds.is_there() && m_seeds.renew() && drbg != nullptr &&
         m_crypto.EVP_RAND_reseed(drbg, 1, nullptr, 0, nullptr, 0) == 1;
}

bool Drawing::draw(std::span<std::byte> out) {
  auto* const bytes = reinterpret_cast<unsigned char*>(out.data());
  if (!m_watch.signs().clocks)
    return m_crypto.RAND_bytes(bytes, static_cast<int>(out.size())) == 1;
  m_must_reseed = m_watch.moved() || m_must_reseed;
  if (m_must_reseed && !reseed())
    return false;
  m_must_reseed = false;
  // Additional input, credited with nothing: two copies that notice nothing seldom draw at the same nanosecond.
  const ClockSample now = read_kernel_clocks(nullptr);
  const std::array<std::uint64_t, 3> distinct = {++m_draws, static_cast<std::uint64_t>(now.realtime_ns),
                                                 static_cast<std::uint64_t>(now.monotonic_ns)};
  EVP_RAND_CTX* drbg = m_crypto.RAND_get0_public(nullptr);
  return drbg != nullptr &&
         m_crypto.EVP_RAND_generate(drbg, bytes, out.size(), 0, 0,
                                    reinterpret_cast<const unsigned char*>(distinct.data()), sizeof distinct) == 1;
}

} // namespace kif::init
