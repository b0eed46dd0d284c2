// SPDX-License-Identifier: Apache-2.0
#include "provider/module_role.h"

#include <optional>

#include "provider/load_failure.h"
#include "provider/process_source.h"
#include "provider/slot.h"
#include "provider/start_up.h"

namespace kif::provider {
namespace {

/// What a module's refusal may come from, as far as it can be seen from outside.
std::string refusal(const Config& config, const entropy::SeedSource& source) {
  const auto error = source.counters().latched;
  return "the FIPS module " + config.module + " refused to load" +
         (error != entropy::SourceError::none ? ": " + std::string(entropy::describe(error)) : "");
}

} // namespace

Result<bool> load_module(const Config& config, const Core& core, const OSSL_CORE_HANDLE* handle,
                         const OSSL_DISPATCH* in, const OSSL_DISPATCH** out, void** context, const LoadLock& lock) {
  KIF_TRY(entropy::SeedSource * source, open_process_source(config.source, lock));
  KIF_TRY(Slot * slot, Slot::acquire(core, config.module, config.hidden, config.refused, *source, lock));
  // In a process that has drawn before there is nothing to hide behind the module's self-tests.
  std::optional<StartUp> start_up;
  if (source->counters().collectors_made == 0)
    start_up.emplace(*source);
  KIF_TRY(const bool loaded, slot->load(handle, in, out, context, lock));
  remember_load_failure(core, loaded ? std::string() : refusal(config, *source), lock);
  return loaded;
}

} // namespace kif::provider
