// SPDX-License-Identifier: Apache-2.0
#include "provider/seed_source_role.h"

#include <memory>

#include <openssl/core_names.h>

#include "provider/dispatch.h"
#include "provider/kif_jitter.h"
#include "provider/process_source.h"
#include "provider/reasons.h"
#include "provider/seed_parameters.h"

namespace kif::provider {

void SeedProvider::raise(entropy::SourceError error, std::source_location where) const noexcept {
  core.raise(handle, reason_of(error), "kif", where);
}

namespace {

void teardown(void* context) noexcept {
  auto* provider = static_cast<SeedProvider*>(context);
  const Core core = provider->core;
  std::destroy_at(provider);
  core.clear_free(provider, sizeof *provider, "kif-fips.so", __LINE__);
}

const OSSL_PARAM* gettable_params(void*) noexcept { return seed_parameter_types(); }

int get_params(void* context, OSSL_PARAM params[]) noexcept {
  return get_seed_parameters(*static_cast<SeedProvider*>(context)->source, params) ? 1 : 0;
}

const OSSL_ALGORITHM* query_operation(void*, int operation, int* no_cache) noexcept {
  *no_cache = 0;
  return operation == OSSL_OP_RAND ? kif_jitter_algorithms() : nullptr;
}

const OSSL_ITEM* get_reason_strings(void*) noexcept { return reason_strings(); }

const std::array<OSSL_DISPATCH, 6> k_dispatch_table = {
    dispatch_entry(OSSL_FUNC_PROVIDER_TEARDOWN, teardown),
    dispatch_entry(OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, gettable_params),
    dispatch_entry(OSSL_FUNC_PROVIDER_GET_PARAMS, get_params),
    dispatch_entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query_operation),
    dispatch_entry(OSSL_FUNC_PROVIDER_GET_REASON_STRINGS, get_reason_strings),
    OSSL_DISPATCH{}};

} // namespace

Result<bool> load_seed_source(const Config& config, const Core& core, const OSSL_CORE_HANDLE* handle,
                              const OSSL_DISPATCH** out, void** context, const LoadLock& lock) {
  KIF_TRY(entropy::SeedSource* source, open_process_source(config.source, lock));
  if (const auto error = source->prepare(); error != entropy::SourceError::none)
    return fail(ErrorCode::entropy, "cannot start the entropy source: " + std::string(entropy::describe(error)));
  void* memory = core.malloc(sizeof(SeedProvider), "kif-fips.so", __LINE__);
  if (memory == nullptr)
    return fail(ErrorCode::internal, "no memory");
  *context = std::construct_at(static_cast<SeedProvider*>(memory), core, handle, source);
  *out = k_dispatch_table.data();
  return true;
}

} // namespace kif::provider
