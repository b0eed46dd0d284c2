// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <span>
#include <string>

#include "base/wipe.h"
#include "libcrypto/seed_blocks.h"
#include "probe/steps.h"

namespace kif::probe {
namespace {

constexpr std::size_t k_block = libcrypto::k_seed_block_bytes;

/// What can be compared without giving the bytes away: half of their SHA-256. No digest of the module's, since a
/// process whose module does not work draws too.
std::string digest_of(const Libcrypto& crypto, std::span<const std::byte> bytes) {
  constexpr std::string_view k_hex = "0123456789abcdef";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> value{};
  SHA256_CTX state{};
  if (crypto.SHA256_Init(&state) != 1 || crypto.SHA256_Update(&state, bytes.data(), bytes.size()) != 1 ||
      crypto.SHA256_Final(value.data(), &state) != 1)
    return {};
  std::string text = "sha256:";
  for (std::size_t i = 0; i < value.size() / 2; ++i)
    text += {k_hex[value[i] >> 4U], k_hex[value[i] & 15U]};
  return text;
}

} // namespace

Finding check_drawn_bytes(const Libcrypto& crypto) {
  WipingArray<k_block> random;
  if (crypto.RAND_bytes(reinterpret_cast<unsigned char*>(random.bytes().data()), k_block) != 1)
    return could_not_check("nothing is drawn: " + crypto.error_text());
  std::string text = "RAND_bytes " + digest_of(crypto, random.bytes());
  const libcrypto::SeedBlocks source(crypto);
  crypto.ERR_clear_error();
  if (!source.is_there())
    return could_not_check(text + "; no kif-seed provider, so no seed blocks");
  WipingArray<2 * k_block> blocks;
  const auto first = blocks.bytes().first<k_block>();
  const auto second = blocks.bytes().last<k_block>();
  if (!source.draw(first) || !source.draw(second))
    return failed("the seed source gives no block: " + crypto.error_text());
  const std::string one = digest_of(crypto, first);
  const std::string other = digest_of(crypto, second);
  text += "; seed blocks " + one + " " + other;
  return one == other ? failed("the seed source repeats itself: " + text) : pass(std::move(text));
}

} // namespace kif::probe
