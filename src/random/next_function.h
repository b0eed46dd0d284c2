// SPDX-License-Identifier: Apache-2.0
// The functions that this library's own take the place of.
#pragma once

#include <dlfcn.h>

namespace kif::random {

/// To be called as the library is loaded: the loader's lock, which dlsym takes, may be held by a thread that a forked
/// child does not have. On 64-bit machines the functions with 64 in their names are the same as those without.
template <class Function> void find_next(Function& function, const char* name) noexcept {
  function = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

} // namespace kif::random
