// SPDX-License-Identifier: Apache-2.0
#include "provider/upcalls.h"

#include <algorithm>

#include <openssl/err.h>
#include <openssl/randerr.h>

#include "provider/distinct_data.h"

namespace kif::provider {
namespace {

// libcrypto records where memory was asked for; a source path would say where kif was built.
constexpr const char* k_file = "kif-fips.so";

std::span<std::byte> bytes_of(void* buffer, std::size_t size) noexcept {
  return {static_cast<std::byte*>(buffer), size};
}

void raise_bad_length(const Core& core) noexcept {
  core.raise(nullptr, ERR_PACK(ERR_LIB_RAND, 0, RAND_R_ENTROPY_OUT_OF_RANGE), "kif: impossible length of a seed");
}

void raise_no_memory(const Core& core) noexcept {
  core.raise(nullptr, ERR_PACK(ERR_LIB_RAND, 0, ERR_R_MALLOC_FAILURE), "kif: no memory for a seed");
}

} // namespace

std::size_t bytes_wanted(int entropy_bits, std::size_t min_bytes, std::size_t max_bytes) noexcept {
  // Each byte carries 8 bits. In size_t: (INT_MAX + 7) would overflow an int.
  const std::size_t for_entropy = entropy_bits > 0 ? (static_cast<std::size_t>(entropy_bits) + 7) / 8 : 0;
  const std::size_t wanted = for_entropy > min_bytes ? for_entropy : min_bytes;
  return wanted <= max_bytes && wanted <= k_max_request_bytes ? wanted : 0;
}

std::size_t get_entropy(const Core& core, entropy::SeedSource& source, entropy::Blocks blocks, unsigned char** out,
                        int entropy_bits, std::size_t min_bytes, std::size_t max_bytes) noexcept {
  const std::size_t random = bytes_wanted(entropy_bits, min_bytes, max_bytes);
  if (random == 0) {
    raise_bad_length(core);
    return 0;
  }
  const DistinctData distinct(max_bytes - random);
  const std::size_t size = random + distinct.bytes().size();
  void* buffer = core.secure_malloc(size, k_file, __LINE__);
  if (buffer == nullptr) {
    raise_no_memory(core);
    return 0;
  }
  if (const auto error = source.draw(bytes_of(buffer, random), blocks); error != entropy::SourceError::none) {
    core.secure_clear_free(buffer, size, k_file, __LINE__);
    core.raise_seed_failure(error);
    return 0;
  }
  std::ranges::copy(distinct.bytes(), bytes_of(buffer, size).subspan(random).begin());
  *out = static_cast<unsigned char*>(buffer);
  return size;
}

void cleanup_entropy(const Core& core, unsigned char* buffer, std::size_t size) noexcept {
  core.secure_clear_free(buffer, size, k_file, __LINE__);
}

std::size_t get_nonce(const Core& core, entropy::SeedSource& source, unsigned char** out, std::size_t min_bytes,
                      std::size_t max_bytes) noexcept {
  const std::size_t random = bytes_wanted(0, min_bytes, max_bytes);
  if (random == 0) {
    raise_bad_length(core);
    return 0;
  }
  const DistinctData distinct(max_bytes - random);
  const std::size_t size = random + distinct.bytes().size();
  void* buffer = core.malloc(size, k_file, __LINE__);
  if (buffer == nullptr) {
    raise_no_memory(core);
    return 0;
  }
  if (const auto error = source.draw(bytes_of(buffer, random)); error != entropy::SourceError::none) {
    core.clear_free(buffer, size, k_file, __LINE__);
    core.raise_seed_failure(error);
    return 0;
  }
  std::ranges::copy(distinct.bytes(), bytes_of(buffer, size).subspan(random).begin());
  *out = static_cast<unsigned char*>(buffer);
  return size;
}

void cleanup_nonce(const Core& core, unsigned char* buffer, std::size_t size) noexcept {
  core.clear_free(buffer, size, k_file, __LINE__);
}

} // namespace kif::provider
