// SPDX-License-Identifier: Apache-2.0
// Debian's static unwinder (libgcc_eh.a) calls _dl_find_object, which only glibc 2.35 and newer has. What runs inside images must
// load with glibc 2.34, so this file answers that call with dl_iterate_phdr, which every glibc has. Linked into each program or
// library made by kif_portable(), and hidden in it.
#include <cstdint>

#include <dlfcn.h>
#include <link.h>

namespace {

struct Search {
  std::uintptr_t address;
  void* map_start;
  void* map_end;
  void* eh_frame;
};

int look(dl_phdr_info* info, std::size_t, void* data) {
  auto& search = *static_cast<Search*>(data);
  std::uintptr_t lowest = UINTPTR_MAX;
  std::uintptr_t highest = 0;
  std::uintptr_t frame = 0;
  bool inside = false;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    const std::uintptr_t start = info->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_LOAD) {
      lowest = start < lowest ? start : lowest;
      highest = start + header.p_memsz > highest ? start + header.p_memsz : highest;
      inside = inside || (search.address >= start && search.address < start + header.p_memsz);
    } else if (header.p_type == PT_GNU_EH_FRAME) {
      frame = start;
    }
  }
  if (!inside)
    return 0;
  search.map_start = reinterpret_cast<void*>(lowest);
  search.map_end = reinterpret_cast<void*>(highest);
  search.eh_frame = reinterpret_cast<void*>(frame);
  return 1;
}

} // namespace

// The layout is glibc's ABI (struct dl_find_object in dlfcn.h of 2.35); declared here because 2.34 has no such header.
extern "C" {
struct KifDlFindObject {
  unsigned long long flags;
  void* map_start;
  void* map_end;
  void* link_map;
  void* eh_frame;
  unsigned long long reserved[7];
};

__attribute__((visibility("hidden"))) int kif_dl_find_object(void* address, KifDlFindObject* result) noexcept
    __asm__("_dl_find_object");

int kif_dl_find_object(void* address, KifDlFindObject* result) noexcept {
  Search search{reinterpret_cast<std::uintptr_t>(address), nullptr, nullptr, nullptr};
  if (dl_iterate_phdr(look, &search) == 0 || search.eh_frame == nullptr)
    return -1;
  result->flags = 0;
  result->map_start = search.map_start;
  result->map_end = search.map_end;
  result->link_map = nullptr;
  result->eh_frame = search.eh_frame;
  return 0;
}
}
