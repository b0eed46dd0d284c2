// SPDX-License-Identifier: Apache-2.0
// Whether the kernel's generator has been reseeded: it is at once where the hypervisor says that the machine is a copy
// (vmgenid), and about once a minute anyhow. No file says so to programs; the vDSO's getrandom knows it (Linux 6.11),
// since it may not go on with a key of before. Freestanding, for what is read into every process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>

#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

namespace kif {

/// `long (void* buffer, size_t length, unsigned flags, void* state, size_t state_bytes)`: include/vdso/getrandom.h
using VdsoGetrandom = long (*)(void*, std::size_t, unsigned, void*, std::size_t);

/// Null where the kernel's vDSO has none.
inline VdsoGetrandom find_vdso_getrandom() noexcept {
  const auto base = static_cast<std::uintptr_t>(::getauxval(AT_SYSINFO_EHDR));
  if (base == 0)
    return nullptr;
  const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(base);
  const auto* segments = reinterpret_cast<const ElfW(Phdr)*>(base + header->e_phoff);
  const ElfW(Dyn)* entry = nullptr;
  std::uintptr_t moved_by = base;
  for (unsigned i = 0; i < header->e_phnum; ++i) {
    if (segments[i].p_type == PT_DYNAMIC)
      entry = reinterpret_cast<const ElfW(Dyn)*>(base + segments[i].p_offset);
    else if (segments[i].p_type == PT_LOAD)
      moved_by = base + segments[i].p_offset - segments[i].p_vaddr;
  }
  const ElfW(Sym)* symbols = nullptr;
  const char* names = nullptr;
  for (; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_SYMTAB)
      symbols = reinterpret_cast<const ElfW(Sym)*>(moved_by + entry->d_un.d_ptr);
    else if (entry->d_tag == DT_STRTAB)
      names = reinterpret_cast<const char*>(moved_by + entry->d_un.d_ptr);
  }
  // The names follow the symbols in the vDSO, as linkers lay them out: no hash table has to be read for their number.
  for (; symbols != nullptr && names != nullptr && reinterpret_cast<const char*>(symbols + 1) <= names; ++symbols)
    for (const char* name : {"__vdso_getrandom", "__kernel_getrandom"}) // x86; arm64
      if (symbols->st_shndx != SHN_UNDEF && std::strcmp(names + symbols->st_name, name) == 0)
        return reinterpret_cast<VdsoGetrandom>(moved_by + symbols->st_value);
  return nullptr;
}

/// Notices reseeds, without a system call as long as there is none. All of zeros is the initial state; it may lie in
/// memory that a fork wipes. One thread at a time.
///
/// The vDSO's state is opaque. It is put back before each look, and what it comes to is then the same each time, until
/// the kernel has reseeded: then the vDSO fetches a new key, by the system call getrandom for 32 bytes. **That call
/// must be answered by somebody else than the kernel**, by the catch-all or TrappedGetrandom; nothing is made of what
/// it gives.
class KernelReseeds {
public:
  /// Whether the kernel has been reseeded since the last look. The first look says no. Always no where the kernel does
  /// not tell.
  bool seen() noexcept {
    if (m_is_useless)
      return false;
    if (m_size == 0)
      return begin();
    std::memcpy(m_state, m_before, m_size);
    unsigned char byte = 0;
    const long got = function()(&byte, 1, 0, m_state, m_size);
    if (got == 1 && std::memcmp(m_state, m_after, m_size) == 0)
      return false;
    learn();
    return true;
  }

private:
  static constexpr std::size_t k_max_bytes = 256; // x86 and arm64 have 144

  static VdsoGetrandom function() noexcept {
    static VdsoGetrandom found = nullptr; // the same for all threads
    if (__atomic_load_n(&found, __ATOMIC_RELAXED) == nullptr)
      __atomic_store_n(&found, find_vdso_getrandom(), __ATOMIC_RELAXED);
    return found;
  }

  bool begin() noexcept {
    // struct vgetrandom_opaque_params: how large the state is; how it should be mapped is for keys that matter.
    std::uint32_t parameters[16] = {};
    const VdsoGetrandom get = function();
    if (get == nullptr || get(nullptr, 0, 0, parameters, ~std::size_t{0}) != 0 || parameters[0] == 0 ||
        parameters[0] > k_max_bytes) {
      m_is_useless = true;
      return false;
    }
    m_size = parameters[0];
    learn();
    return false;
  }

  /// A state with a key of now and bytes left, and what it is after one byte. Where a reseed comes between the two, the
  /// next look finds another state, and learns again.
  void learn() noexcept {
    std::memset(m_state, 0, m_size);
    unsigned char byte = 0;
    const VdsoGetrandom get = function();
    m_is_useless = get(&byte, 1, 0, m_state, m_size) != 1;
    std::memcpy(m_before, m_state, m_size);
    m_is_useless = m_is_useless || get(&byte, 1, 0, m_state, m_size) != 1;
    std::memcpy(m_after, m_state, m_size);
  }

  // The vDSO refuses a state that crosses a page.
  alignas(k_max_bytes) unsigned char m_state[k_max_bytes];
  unsigned char m_before[k_max_bytes];
  unsigned char m_after[k_max_bytes];
  std::uint32_t m_size;
  bool m_is_useless;
};

} // namespace kif
