// SPDX-License-Identifier: Apache-2.0
#include "provider/kif_jitter.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/proverr.h>

#include "base/wipe.h"
#include "provider/core/dispatch.h"
#include "provider/core/params.h"
#include "provider/distinct_data.h"
#include "provider/seed_source_role.h"
#include "provider/upcalls.h"

namespace kif::provider {
namespace {

// Full entropy: 8 bits a byte. DRBGs ask for the strength only to compare it with their own, which is 256 at most.
constexpr unsigned k_strength_bits = 256;
// EVP_RAND_generate cuts longer requests into pieces of this size.
constexpr std::size_t k_max_generate_bytes = 128;

struct Context {
  const SeedProvider* provider;
  std::atomic<int> state{EVP_RAND_STATE_UNINITIALISED};
};

std::span<std::byte> bytes_of(void* buffer, std::size_t size) noexcept {
  return {static_cast<std::byte*>(buffer), size};
}

void* newctx(void* provctx, void* parent, const OSSL_DISPATCH*) noexcept {
  const auto* provider = static_cast<const SeedProvider*>(provctx);
  if (parent != nullptr) {
    provider->core.raise(nullptr, ERR_PACK(ERR_LIB_PROV, 0, PROV_R_SEED_SOURCES_MUST_NOT_HAVE_A_PARENT), k_jitter_name);
    return nullptr;
  }
  void* memory = provider->core.malloc(sizeof(Context), "kif-fips.so", __LINE__);
  return memory != nullptr ? std::construct_at(static_cast<Context*>(memory), provider) : nullptr;
}

void freectx(void* rand) noexcept {
  if (rand == nullptr)
    return;
  auto* context = static_cast<Context*>(rand);
  const SeedProvider* provider = context->provider;
  std::destroy_at(context);
  provider->core.clear_free(rand, sizeof(Context), "kif-fips.so", __LINE__);
}

// Succeeds also where the source has failed for good. libcrypto swallows a failure here and seeds its primary DRBG from
// the kernel (rand_new_seed between ERR_set_mark and ERR_pop_to_mark, 3.0 to 3.6); get_seed's failure it passes on.
int instantiate(void* rand, unsigned, int, const unsigned char*, std::size_t, const OSSL_PARAM*) noexcept {
  static_cast<Context*>(rand)->state = EVP_RAND_STATE_READY;
  return 1;
}

int uninstantiate(void* rand) noexcept {
  static_cast<Context*>(rand)->state = EVP_RAND_STATE_UNINITIALISED;
  return 1;
}

bool is_ready(const Context& context) noexcept {
  if (context.state == EVP_RAND_STATE_READY)
    return true;
  context.provider->core.raise(nullptr, ERR_PACK(ERR_LIB_PROV, 0, PROV_R_NOT_INSTANTIATED), k_jitter_name);
  return false;
}

/// Who asks for prediction resistance gets nothing that was made before the call.
entropy::Blocks blocks_for(int prediction_resistance) noexcept {
  return prediction_resistance != 0 ? entropy::Blocks::fresh : entropy::Blocks::any;
}

int generate(void* rand, unsigned char* out, std::size_t size, unsigned strength, int prediction_resistance,
             const unsigned char*, std::size_t) noexcept {
  const auto& context = *static_cast<const Context*>(rand);
  if (!is_ready(context))
    return 0;
  if (strength > k_strength_bits) {
    context.provider->core.raise(nullptr, ERR_PACK(ERR_LIB_PROV, 0, PROV_R_INSUFFICIENT_DRBG_STRENGTH), k_jitter_name);
    return 0;
  }
  return context.provider->draw(bytes_of(out, size), blocks_for(prediction_resistance)) ? 1 : 0;
}

/// The context has no state. Who asks for prediction resistance means the source: what it holds is void, and its
/// start-up test is run again.
int reseed(void* rand, int prediction_resistance, const unsigned char*, std::size_t, const unsigned char*,
           std::size_t) noexcept {
  const auto& context = *static_cast<const Context*>(rand);
  if (!is_ready(context))
    return 0;
  if (prediction_resistance != 0 && context.provider->source != nullptr)
    context.provider->source->renew();
  return 1;
}

std::size_t get_seed(void* rand, unsigned char** out, int entropy_bits, std::size_t min_bytes, std::size_t max_bytes,
                     int prediction_resistance, const unsigned char*, std::size_t) noexcept {
  const auto& context = *static_cast<const Context*>(rand);
  if (!is_ready(context))
    return 0;
  const std::size_t random = bytes_wanted(entropy_bits, min_bytes, max_bytes);
  if (random == 0) {
    context.provider->core.raise(nullptr, ERR_PACK(ERR_LIB_PROV, 0, PROV_R_ENTROPY_SOURCE_STRENGTH_TOO_WEAK),
                                 k_jitter_name);
    return 0;
  }
  const DistinctData distinct(max_bytes - random); // as in the module's upcalls
  const std::size_t size = random + distinct.bytes().size();
  // Not libcrypto's allocator: clear_seed() cannot know which libcrypto it is called for.
  void* buffer = std::malloc(size);
  if (buffer == nullptr) {
    context.provider->core.raise(nullptr, ERR_PACK(ERR_LIB_PROV, 0, ERR_R_MALLOC_FAILURE), k_jitter_name);
    return 0;
  }
  if (!context.provider->draw(bytes_of(buffer, random), blocks_for(prediction_resistance))) {
    std::free(buffer);
    return 0;
  }
  std::ranges::copy(distinct.bytes(), bytes_of(buffer, size).subspan(random).begin());
  *out = static_cast<unsigned char*>(buffer);
  return size;
}

// The first argument is not to be looked at: the DRBGs of 3.0 pass their own context here and not the parent's
// (providers/implementations/rands/drbg.c, cleanup_entropy).
void clear_seed(void*, unsigned char* buffer, std::size_t size) noexcept {
  if (buffer == nullptr)
    return;
  wipe(bytes_of(buffer, size));
  std::free(buffer);
}

int verify_zeroization(void*) noexcept {
  return 1;
} // the context holds no seed

// The source is thread-safe by itself.
int enable_locking(void*) noexcept {
  return 1;
}
int lock(void*) noexcept {
  return 1;
}
void unlock(void*) noexcept {}

const OSSL_PARAM* gettable_ctx_params(void*, void*) noexcept {
  static const OSSL_PARAM types[] = {OSSL_PARAM_int(OSSL_RAND_PARAM_STATE, nullptr),
                                     OSSL_PARAM_uint(OSSL_RAND_PARAM_STRENGTH, nullptr),
                                     OSSL_PARAM_size_t(OSSL_RAND_PARAM_MAX_REQUEST, nullptr), OSSL_PARAM_END};
  return types;
}

int get_ctx_params(void* rand, OSSL_PARAM params[]) noexcept {
  const auto& context = *static_cast<const Context*>(rand);
  const auto answer = [&](const char* key, std::uint64_t value) {
    OSSL_PARAM* param = find_param(params, key);
    return param == nullptr || set_number(*param, value);
  };
  int state = context.state;
  const entropy::SeedSource* source = context.provider->source;
  if (state == EVP_RAND_STATE_READY && (source == nullptr || source->counters().latched != entropy::SourceError::none))
    state = EVP_RAND_STATE_ERROR;
  return answer(OSSL_RAND_PARAM_STATE, static_cast<std::uint64_t>(state)) &&
                 answer(OSSL_RAND_PARAM_STRENGTH, k_strength_bits) &&
                 answer(OSSL_RAND_PARAM_MAX_REQUEST, k_max_generate_bytes)
             ? 1
             : 0;
}

// Made at first use: reinterpret_cast cannot run at compile time, and nothing of ours runs when the file is loaded.
const OSSL_DISPATCH* functions() noexcept {
  static const std::array<OSSL_DISPATCH, 15> table = {
      dispatch_entry(OSSL_FUNC_RAND_NEWCTX, newctx),
      dispatch_entry(OSSL_FUNC_RAND_FREECTX, freectx),
      dispatch_entry(OSSL_FUNC_RAND_INSTANTIATE, instantiate),
      dispatch_entry(OSSL_FUNC_RAND_UNINSTANTIATE, uninstantiate),
      dispatch_entry(OSSL_FUNC_RAND_GENERATE, generate),
      dispatch_entry(OSSL_FUNC_RAND_RESEED, reseed),
      dispatch_entry(OSSL_FUNC_RAND_ENABLE_LOCKING, enable_locking),
      dispatch_entry(OSSL_FUNC_RAND_LOCK, lock),
      dispatch_entry(OSSL_FUNC_RAND_UNLOCK, unlock),
      dispatch_entry(OSSL_FUNC_RAND_GETTABLE_CTX_PARAMS, gettable_ctx_params),
      dispatch_entry(OSSL_FUNC_RAND_GET_CTX_PARAMS, get_ctx_params),
      dispatch_entry(OSSL_FUNC_RAND_VERIFY_ZEROIZATION, verify_zeroization),
      dispatch_entry(OSSL_FUNC_RAND_GET_SEED, get_seed),
      dispatch_entry(OSSL_FUNC_RAND_CLEAR_SEED, clear_seed),
      OSSL_DISPATCH{}};
  return table.data();
}

} // namespace

const OSSL_ALGORITHM* kif_jitter_algorithms() noexcept {
  static const std::array<OSSL_ALGORITHM, 2> algorithms = {
      OSSL_ALGORITHM{k_jitter_name, k_jitter_properties, functions(), "CPU jitter entropy source (SP 800-90B)"},
      OSSL_ALGORITHM{}};
  return algorithms.data();
}

} // namespace kif::provider
