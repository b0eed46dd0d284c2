// SPDX-License-Identifier: Apache-2.0
// Names for code places: the functions of the files that they lie in.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "watch/container.h"
#include "watch/event.h"

namespace kif::watch {

/// Opens a path inside the container for reading: nothing leads out of its root. None where it cannot.
UniqueFd open_in_container(const Container& container, const std::string& path);

/// Fills in the symbols of all frames, from the container's files: those of its root, what it wrote over them, and
/// those bound into it. A file that is gone or no ELF file leaves its frames without.
void add_symbols(std::vector<Event>& events, const Container& container);

} // namespace kif::watch
