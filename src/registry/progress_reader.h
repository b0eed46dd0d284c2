// SPDX-License-Identifier: Apache-2.0
// Tells how far a stream has come.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/reader.h"
#include "registry/options.h"

namespace kif::oci {

/// `source`, with `tell` called at the first byte, then ten times a second at most, and at the end. `tell` may be
/// empty.
std::unique_ptr<Reader> with_progress(std::unique_ptr<Reader> source, std::function<void(const FetchProgress&)> tell,
                                      std::string what, std::uint64_t total);

} // namespace kif::oci
