// SPDX-License-Identifier: Apache-2.0
#include "host/vdso.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <sys/auxv.h>
#include <unistd.h>

#include "elf/file.h"
#include "elf/headers.h"

namespace kif::host {
namespace {

constexpr std::uint64_t k_max_bytes = 1024ULL * 1024;

// All of it that is mapped; its headers are in the first page, which is there.
Result<std::span<const std::byte>> mapped_vdso() {
  const unsigned long address = ::getauxval(AT_SYSINFO_EHDR);
  if (address == 0)
    return fail(ErrorCode::not_found, "the kernel maps no vDSO into this process");
  const auto* start = reinterpret_cast<const std::byte*>(address); // NOLINT(performance-no-int-to-ptr)
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto headers = elf::read_headers(elf::in_memory(std::span(start, page)));
  if (!headers)
    return fail(headers.error());
  std::uint64_t end = page;
  for (const Elf64_Phdr& segment : headers->segments)
    if (segment.p_type == PT_LOAD)
      end = std::max(end, segment.p_offset + segment.p_memsz);
  return std::span(start, static_cast<std::size_t>(std::min(end, k_max_bytes)));
}

} // namespace

Result<std::vector<std::string>> vdso_functions() {
  auto mapped = mapped_vdso();
  if (!mapped)
    return fail(std::move(mapped).error().with_context("cannot read the vDSO"));
  KIF_TRY(const elf::File file, elf::parse(*mapped, "[vdso]", elf::Symbols::read));
  std::vector<std::string> names;
  for (const elf::Symbol& symbol : file.exported_symbols)
    names.push_back(symbol.name);
  return names;
}

Result<bool> has_vdso_getrandom() {
  KIF_TRY(const auto names, vdso_functions());
  return std::ranges::any_of(names, [](const std::string& name) {
    return name == "__vdso_getrandom" || name == "__kernel_getrandom"; // x86; arm64
  });
}

} // namespace kif::host
