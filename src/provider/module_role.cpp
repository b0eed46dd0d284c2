// SPDX-License-Identifier: Apache-2.0
#include "provider/module_role.h"

#include <optional>

#include "provider/process_source.h"
#include "provider/slot.h"
#include "provider/start_up.h"

namespace kif::provider {

Result<bool> load_module(const Config& config, const Core& core, const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* in,
                         const OSSL_DISPATCH** out, void** context, const LoadLock& lock) {
  KIF_TRY(entropy::SeedSource* source, open_process_source(config.source, lock));
  KIF_TRY(Slot* slot, Slot::acquire(core, config.module, config.hidden, *source, lock));
  // In a process that has drawn before there is nothing to hide behind the module's self-tests.
  std::optional<StartUp> start_up;
  if (source->counters().collectors_made == 0)
    start_up.emplace(*source);
  return slot->load(handle, in, out, context, lock);
}

} // namespace kif::provider
