// SPDX-License-Identifier: Apache-2.0
#include "contexts/callers_libcrypto.h"

#include <atomic>
#include <cstddef>
#include <cstring>

#include <dlfcn.h>
#include <limits.h>
#include <link.h>

namespace kif::contexts {
namespace {

/// Every libcrypto has it, also one of OpenSSL 1.1.
constexpr const char* k_any_libcrypto = "OPENSSL_init_crypto";
constexpr const char* k_version = "OPENSSL_3.0.0";

/// The library that a call of this thread is passed on to. In static TLS: this library is there from the start.
__thread CallersLibcrypto* t_current __attribute__((tls_model("initial-exec"))) = nullptr;

link_map* object_of(const void* address) noexcept {
  Dl_info info{};
  void* map = nullptr;
  return ::dladdr1(address, &info, &map, RTLD_DL_LINKMAP) != 0 ? static_cast<link_map*>(map) : nullptr;
}

/// Opens a library of this process once more, and gives null where neither it nor what it depends on is a libcrypto.
/// Opened, since dlsym reads past the end of an empty list for a library that came as another one's dependency and was
/// not opened by itself (glibc 2.36, elf/dl-lookup.c).
void* open_again(const char* path) noexcept {
  void* const handle = ::dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr || ::dlsym(handle, k_any_libcrypto) != nullptr)
    return handle;
  ::dlclose(handle);
  return nullptr;
}

/// The one library of the process whose name begins as libcrypto's does; of two nobody knows which is meant.
struct Search {
  char path[PATH_MAX];
  unsigned found;
};
int note_libcrypto(dl_phdr_info* info, std::size_t, void* data) noexcept {
  auto& search = *static_cast<Search*>(data);
  const char* const slash = std::strrchr(info->dlpi_name, '/');
  const char* const name = slash != nullptr ? slash + 1 : info->dlpi_name;
  const std::size_t length = std::strlen(info->dlpi_name);
  if (std::strncmp(name, "libcrypto", std::strlen("libcrypto")) == 0 && length < sizeof search.path) {
    std::memcpy(search.path, info->dlpi_name, length + 1);
    ++search.found;
  }
  return 0;
}

void* open_only_libcrypto() noexcept {
  Search search;
  search.found = 0;
  ::dl_iterate_phdr(note_libcrypto, &search);
  return search.found == 1 ? open_again(search.path) : nullptr;
}

bool has_version(void* handle) noexcept {
  return ::dlvsym(handle, k_any_libcrypto, k_version) != nullptr;
}

/// What holds an address, and where in memory it is.
struct Place {
  std::uintptr_t address;
  std::uintptr_t begin;
  std::uintptr_t end;
  bool stays; ///< is never unloaded: the program, and libssl, which sees to that itself
};
int find_place(dl_phdr_info* info, std::size_t, void* data) noexcept {
  auto& place = *static_cast<Place*>(data);
  std::uintptr_t begin = UINTPTR_MAX;
  std::uintptr_t end = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD)
      continue;
    const std::uintptr_t from = info->dlpi_addr + part.p_vaddr;
    begin = from < begin ? from : begin;
    end = from + part.p_memsz > end ? from + part.p_memsz : end;
  }
  if (place.address < begin || place.address >= end)
    return 0;
  place.begin = begin;
  place.end = end;
  place.stays = info->dlpi_name[0] == '\0' || std::strstr(info->dlpi_name, "/libssl.so.") != nullptr;
  return 1;
}

/// Programs, libssls and libcryptos: more than three are hardly seen. Written once, `begin` last.
struct Known {
  std::atomic<bool> is_claimed;
  std::atomic<std::uintptr_t> begin;
  std::uintptr_t end;
  KnownInit answer;
};
Known g_known[8];

void remember(const Place& place, KnownInit answer) noexcept {
  if (known_init(reinterpret_cast<const void*>(place.address)).init != nullptr)
    return;
  for (Known& known : g_known) {
    bool is_claimed = false;
    if (!known.is_claimed.compare_exchange_strong(is_claimed, true, std::memory_order_relaxed))
      continue;
    known.end = place.end;
    known.answer = answer;
    known.begin.store(place.begin, std::memory_order_release);
    return;
  }
}

} // namespace

KnownInit known_init(const void* caller) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(caller);
  for (const Known& known : g_known) {
    const std::uintptr_t begin = known.begin.load(std::memory_order_acquire);
    if (begin == 0)
      break;
    if (address >= begin && address < known.end)
      return known.answer;
  }
  return {};
}

void remember_init(InitCrypto init, const void* caller) noexcept {
  // What is remembered must stay where it is. libcrypto 3 sees to that itself, 4.0 only as its default build links it.
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(init), &info) == 0 || info.dli_fname == nullptr ||
      ::dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE) == nullptr)
    return;
  Place place{reinterpret_cast<std::uintptr_t>(init), 0, 0, false};
  if (::dl_iterate_phdr(find_place, &place) != 0)
    remember(place, {init, true});
  place.address = reinterpret_cast<std::uintptr_t>(caller);
  if (::dl_iterate_phdr(find_place, &place) != 0 && place.stays)
    remember(place, {init, false});
}

CallersLibcrypto::CallersLibcrypto(const void* caller) noexcept : m_outer(t_current) {
  t_current = this;
  link_map* const object = object_of(caller);
  // libcrypto's OSSL_PROVIDER_load jumps to OSSL_PROVIDER_try_load as its last act: that returns to this library.
  if (m_outer != nullptr && object == object_of(static_cast<const void*>(k_version))) {
    m_handle = m_outer->m_handle;
    m_is_the_caller = true;
    return;
  }
  // The program itself has no libraries but the global ones; its handle would lead back to this library.
  const bool is_program = object == nullptr || object->l_name == nullptr || object->l_name[0] == '\0';
  const bool is_global = ::dlsym(RTLD_NEXT, k_any_libcrypto) != nullptr;
  m_opened = is_program ? nullptr : open_again(object->l_name);
  // Two libcryptos: the global one serves unless its symbols have another version than the caller's own, which the
  // loader then binds to (libcrypto.so.1.1 of a program beside libcrypto.so.3 of a plugin).
  if (is_global && (m_opened == nullptr || has_version(RTLD_NEXT) == has_version(m_opened)))
    m_handle = RTLD_NEXT;
  else
    // A caller that jumps here as its last act is not seen: the address is where it returns to.
    m_handle = m_opened != nullptr ? m_opened : m_opened = open_only_libcrypto();
  const void* const function = address_of(k_any_libcrypto);
  m_is_the_caller = function != nullptr && object_of(function) == object;
}

CallersLibcrypto::~CallersLibcrypto() {
  t_current = m_outer;
  if (m_opened != nullptr)
    ::dlclose(m_opened);
}

void* CallersLibcrypto::address_of(const char* name) const noexcept {
  return m_handle != nullptr ? ::dlsym(m_handle, name) : nullptr;
}

bool is_of_this_library(const void* address) noexcept {
  return object_of(address) == object_of(static_cast<const void*>(k_version));
}

} // namespace kif::contexts
