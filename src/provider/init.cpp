// SPDX-License-Identifier: Apache-2.0
// The one symbol of kif-provider.so.
#include <exception>

#include "contexts/empty_provider.h"
#include "entropy/cancellation.h"
#include "provider/load_failure.h"
#include "provider/module_role.h"
#include "provider/seed_source_role.h"

namespace kif::provider {
namespace {

Result<bool> load_role(const Core& core, const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* in,
                       const OSSL_DISPATCH** out, void** context, const LoadLock& lock) {
  KIF_TRY(const Config config, read_config(core, handle));
  switch (config.role) {
  case Role::module:
    return load_module(config, core, handle, in, out, context, lock);
  case Role::seed_source:
    return load_seed_source(config, core, handle, out, context, lock);
  case Role::none:
    return contexts::load_empty_provider(handle, in, out, context) == 1;
  }
  return fail(ErrorCode::internal, "unknown role");
}

Result<bool> load(const Core& core, const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* in, const OSSL_DISPATCH** out,
                  void** context) {
  KIF_TRY(const LoadLock lock, LoadLock::take());
  auto loaded = load_role(core, handle, in, out, context, lock);
  if (!loaded)
    remember_load_failure(core, one_line(loaded.error()), lock);
  return loaded;
}

} // namespace
} // namespace kif::provider

extern "C" __attribute__((visibility("default"))) int OSSL_provider_init(const OSSL_CORE_HANDLE* handle,
                                                                         const OSSL_DISPATCH* in,
                                                                         const OSSL_DISPATCH** out,
                                                                         void** provctx) noexcept {
  using namespace kif;
  const provider::Core core = provider::Core::from(in);
  if (!core.is_complete())
    return 0;
  // A thread that is cancelled in here would unwind through catch (...), which ends the process.
  const entropy::CancellationDisabled guard;
  try {
    const auto loaded = provider::load(core, handle, in, out, provctx);
    if (loaded)
      return *loaded ? 1 : 0;
    core.raise_load_failure(loaded.error());
  } catch (const std::exception& exception) {
    core.raise_load_failure(Error(ErrorCode::internal, exception.what()));
  } catch (...) {
    core.raise_load_failure(Error(ErrorCode::internal, "unknown exception"));
  }
  return 0;
}
