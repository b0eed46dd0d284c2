// SPDX-License-Identifier: Apache-2.0
#include "provider/seed_source_role.h"

#include <algorithm>
#include <memory>

#include <openssl/core_names.h>

#include "provider/core/dispatch.h"
#include "provider/kif_jitter.h"
#include "provider/load_failure.h"
#include "provider/process_source.h"
#include "provider/reasons.h"
#include "provider/seed_parameters.h"

namespace kif::provider {

bool SeedProvider::draw(std::span<std::byte> out, entropy::Blocks blocks) const noexcept {
  if (source == nullptr) {
    core.raise(handle, reason_of(entropy::SourceError::none), refusal.data());
    return false;
  }
  const auto error = source->draw(out, blocks);
  if (error != entropy::SourceError::none)
    core.raise(handle, reason_of(error), "kif");
  return error == entropy::SourceError::none;
}

namespace {

void teardown(void* context) noexcept {
  auto* provider = static_cast<SeedProvider*>(context);
  const Core core = provider->core;
  std::destroy_at(provider);
  core.clear_free(provider, sizeof *provider, "kif-fips.so", __LINE__);
}

const OSSL_PARAM* gettable_params(void*) noexcept {
  return seed_parameter_types();
}

int get_params(void* context, OSSL_PARAM params[]) noexcept {
  const auto& provider = *static_cast<const SeedProvider*>(context);
  return get_seed_parameters(provider.source, provider.refusal.data(), params) ? 1 : 0;
}

const OSSL_ALGORITHM* query_operation(void* context, int operation, int* no_cache) noexcept {
  const auto& provider = *static_cast<const SeedProvider*>(context);
  const std::string_view failure = load_failure(provider.core);
  if (!failure.empty())
    provider.core.raise(provider.handle, k_reason_no_module, failure);
  // Asked each time as long as the module is missing, so that each fetch that fails for it finds the reason in the
  // queue.
  *no_cache = failure.empty() ? 0 : 1;
  return operation == OSSL_OP_RAND ? kif_jitter_algorithms() : nullptr;
}

const OSSL_ITEM* get_reason_strings(void*) noexcept {
  return reason_strings();
}

// Made at first use: reinterpret_cast cannot run at compile time, and nothing of ours runs when the file is loaded.
const OSSL_DISPATCH* dispatch_table() noexcept {
  static const std::array<OSSL_DISPATCH, 6> table = {
      dispatch_entry(OSSL_FUNC_PROVIDER_TEARDOWN, teardown),
      dispatch_entry(OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, gettable_params),
      dispatch_entry(OSSL_FUNC_PROVIDER_GET_PARAMS, get_params),
      dispatch_entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query_operation),
      dispatch_entry(OSSL_FUNC_PROVIDER_GET_REASON_STRINGS, get_reason_strings),
      OSSL_DISPATCH{}};
  return table.data();
}

} // namespace

Result<bool> load_seed_source(const Config& config, const Core& core, const OSSL_CORE_HANDLE* handle,
                              const OSSL_DISPATCH** out, void** context, const LoadLock& lock) {
  void* memory = core.malloc(sizeof(SeedProvider), "kif-fips.so", __LINE__);
  if (memory == nullptr)
    return fail(ErrorCode::internal, "no memory");
  auto* provider = std::construct_at(static_cast<SeedProvider*>(memory), core, handle);
  if (auto source = open_process_source(config.source, lock); source) {
    provider->source = *source;
    if (const auto error = provider->source->prepare(); error != entropy::SourceError::none)
      core.raise_seed_failure(error); // latched where it is for good
  } else {
    const std::string& text = source.error().message;
    std::copy_n(text.begin(), std::min(text.size(), provider->refusal.size() - 1), provider->refusal.begin());
    core.raise_load_failure(source.error());
  }
  static_cast<void>(kif_jitter_algorithms()); // made here, under the lock, and not in a child that was forked meanwhile
  *context = provider;
  *out = dispatch_table();
  return true;
}

} // namespace kif::provider
