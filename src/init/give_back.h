// SPDX-License-Identifier: Apache-2.0
// Memory that a process which stays has no use for after its start. Where a container runs out of memory the kernel
// ends the process with the most resident pages, and counts pages of files among them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kif::init {

struct AddressRange {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  bool operator==(const AddressRange&) const = default;
};

/// Of a /proc/PID/smaps: mappings of files that were never written to, so that whatever is dropped comes again from the
/// file. Not those that may be written, nor those in which the loader wrote before it took the right away (RELRO).
std::vector<AddressRange> droppable_ranges(std::string_view smaps);

/// Gives memory back, again and again: code that runs on comes back, and with each page of it those around it.
class GivenBack {
public:
  /// Looks at this process's mappings, which are not to go away; frees the heap's unused pages, and drops. Without
  /// /proc the heap's alone.
  GivenBack();

  /// Takes the pages of files out of this process.
  void drop() const noexcept;

private:
  std::vector<AddressRange> m_ranges;
};

} // namespace kif::init
