// SPDX-License-Identifier: Apache-2.0
#include "init/failure.h"

namespace kif::init {

std::string_view to_string(Failure failure) noexcept {
  switch (failure) {
  case Failure::usage:
    return "usage";
  case Failure::manifest:
    return "manifest";
  case Failure::layer_files:
    return "layer-files";
  case Failure::libcrypto:
    return "libcrypto";
  case Failure::entropy_library:
    return "entropy-library";
  case Failure::entropy_health:
    return "entropy-health";
  case Failure::configuration:
    return "configuration";
  case Failure::module:
    return "module";
  case Failure::seed_origin:
    return "seed-origin";
  case Failure::unfinished:
    return "unfinished";
  case Failure::java:
    return "java";
  case Failure::catch_all:
    return "catch-all";
  case Failure::hardware_timer:
    return "hardware-timer";
  case Failure::variable:
    return "variable";
  case Failure::random_bytes:
    return "random-bytes";
  }
  return "unfinished";
}

} // namespace kif::init
