// SPDX-License-Identifier: Apache-2.0
#include "provider/load_failure.h"

#include <algorithm>
#include <array>
#include <atomic>

namespace kif::provider {
namespace {

struct Failure {
  std::atomic<OSSL_FUNC_core_get_params_fn*> libcrypto{nullptr};
  std::atomic<std::size_t> size{0}; ///< set after the text is written: a reader sees all of it or none
  bool was_loaded = false;          ///< the module was there once: what fails later is another library context's affair
  std::array<char, 512> text{};
};

// One for each of the first libcryptos; a process with more has no text for the rest.
constinit std::array<Failure, 4> g_failures;

Failure* find(const OSSL_FUNC_core_get_params_fn* libcrypto) noexcept {
  for (Failure& failure : g_failures)
    if (failure.libcrypto == libcrypto)
      return &failure;
  return nullptr;
}

} // namespace

void remember_load_failure(const Core& core, std::string_view text, const LoadLock&) noexcept {
  Failure* failure = find(core.get_params);
  if (failure == nullptr)
    failure = find(nullptr); // an unused one
  if (failure == nullptr)
    return;
  failure->libcrypto = core.get_params;
  if (text.empty()) {
    failure->was_loaded = true;
    failure->size = 0;
  } else if (!failure->was_loaded && failure->size == 0) { // the first one counts; others may be reading it
    text = text.substr(0, failure->text.size());
    std::copy(text.begin(), text.end(), failure->text.begin());
    failure->size = text.size();
  }
}

std::string_view load_failure(const Core& core) noexcept {
  const Failure* failure = find(core.get_params);
  return failure != nullptr ? std::string_view(failure->text.data(), failure->size) : std::string_view();
}

} // namespace kif::provider
