// SPDX-License-Identifier: Apache-2.0
#include "host/vdso.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

namespace kif::host {
namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Entry = ElfW(Dyn);
using Symbol = ElfW(Sym);

constexpr std::size_t k_max_image_bytes = 1024UL * 1024;
constexpr std::size_t k_max_segments = 64;
constexpr std::size_t k_max_symbols = 4096;

class Image {
public:
  explicit Image(std::span<const std::byte> bytes) : m_bytes(bytes) {}

  template <class T> std::optional<T> at(std::size_t offset) const {
    if (offset > m_bytes.size() || m_bytes.size() - offset < sizeof(T))
      return std::nullopt;
    T value;
    std::memcpy(&value, m_bytes.data() + offset, sizeof value);
    return value;
  }

  /// The text that ends with a zero; empty where it does not.
  std::string text(std::size_t offset) const {
    if (offset >= m_bytes.size())
      return {};
    const char* start = reinterpret_cast<const char*>(m_bytes.data()) + offset;
    const void* end = std::memchr(start, 0, m_bytes.size() - offset);
    return end == nullptr ? std::string() : std::string(start, static_cast<const char*>(end));
  }

private:
  std::span<const std::byte> m_bytes;
};

struct Dynamic {
  std::size_t symbols = 0;
  std::size_t strings = 0;
  std::size_t hash = 0;
  std::size_t gnu_hash = 0;
};

/// Addresses in the dynamic section are those the file was linked for: `linked_at` is that of its first byte.
Dynamic read_dynamic(const Image& image, std::size_t offset, std::size_t linked_at) {
  Dynamic found;
  for (std::size_t i = 0; i < 256; ++i) {
    const auto entry = image.at<Entry>(offset + i * sizeof(Entry));
    if (!entry || entry->d_tag == DT_NULL)
      break;
    const std::size_t place = entry->d_un.d_ptr - linked_at;
    if (entry->d_tag == DT_SYMTAB)
      found.symbols = place;
    else if (entry->d_tag == DT_STRTAB)
      found.strings = place;
    else if (entry->d_tag == DT_HASH)
      found.hash = place;
    else if (entry->d_tag == DT_GNU_HASH)
      found.gnu_hash = place;
  }
  return found;
}

/// Nothing says how many symbols there are but the hash tables.
std::size_t count_symbols(const Image& image, const Dynamic& dynamic) {
  if (dynamic.hash != 0) // nbucket, nchain: as many chains as symbols
    return image.at<std::uint32_t>(dynamic.hash + 4).value_or(0);
  if (dynamic.gnu_hash == 0)
    return 0;
  const auto buckets = image.at<std::uint32_t>(dynamic.gnu_hash).value_or(0);
  const auto first = image.at<std::uint32_t>(dynamic.gnu_hash + 4).value_or(0);
  const auto filter_words = image.at<std::uint32_t>(dynamic.gnu_hash + 8).value_or(0);
  const std::size_t bucket_table = dynamic.gnu_hash + 16 + std::size_t{filter_words} * sizeof(ElfW(Addr));
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(buckets, k_max_symbols); ++i)
    last = std::max(last, image.at<std::uint32_t>(bucket_table + 4 * i).value_or(0));
  if (last < first || last >= k_max_symbols)
    return 0;
  const std::size_t chains = bucket_table + std::size_t{buckets} * 4;
  for (; last < k_max_symbols; ++last) { // the lowest bit ends a chain
    const auto hash = image.at<std::uint32_t>(chains + 4 * std::size_t{last - first});
    if (!hash || (*hash & 1U) != 0)
      break;
  }
  return last + 1;
}

std::size_t loaded_bytes(const Header& header, std::span<const Segment> segments) {
  std::size_t end = sizeof header;
  for (const Segment& segment : segments)
    if (segment.p_type == PT_LOAD)
      end = std::max<std::size_t>(end, segment.p_offset + segment.p_memsz);
  return std::min(end, k_max_image_bytes);
}

} // namespace

Result<std::vector<std::string>> exported_functions(std::span<const std::byte> bytes) {
  const Image image(bytes);
  const auto header = image.at<Header>(0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
    return fail(ErrorCode::invalid_input, "no ELF header");
  std::optional<std::size_t> dynamic_offset;
  std::optional<std::size_t> linked_at;
  for (std::size_t i = 0; i < std::min<std::size_t>(header->e_phnum, k_max_segments); ++i) {
    const auto segment = image.at<Segment>(header->e_phoff + i * sizeof(Segment));
    if (!segment)
      return fail(ErrorCode::invalid_input, "its segments lie outside");
    if (segment->p_type == PT_LOAD && !linked_at)
      linked_at = segment->p_vaddr - segment->p_offset;
    if (segment->p_type == PT_DYNAMIC)
      dynamic_offset = segment->p_offset;
  }
  if (!dynamic_offset || !linked_at)
    return fail(ErrorCode::invalid_input, "no dynamic section");
  const Dynamic dynamic = read_dynamic(image, *dynamic_offset, *linked_at);
  const std::size_t count = std::min(count_symbols(image, dynamic), k_max_symbols);
  if (dynamic.symbols == 0 || dynamic.strings == 0 || count == 0)
    return fail(ErrorCode::invalid_input, "no table of symbols");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    const auto symbol = image.at<Symbol>(dynamic.symbols + i * sizeof(Symbol));
    if (!symbol)
      return fail(ErrorCode::invalid_input, "its symbols lie outside");
    if (symbol->st_shndx != SHN_UNDEF && (symbol->st_info & 0xFU) == STT_FUNC)
      names.push_back(image.text(dynamic.strings + symbol->st_name));
  }
  return names;
}

Result<std::vector<std::string>> vdso_functions() {
  const unsigned long address = ::getauxval(AT_SYSINFO_EHDR);
  if (address == 0)
    return fail(ErrorCode::not_found, "the kernel maps no vDSO into this process");
  const auto* start = reinterpret_cast<const std::byte*>(address); // NOLINT(performance-no-int-to-ptr)
  const auto* header = reinterpret_cast<const Header*>(start);
  const std::span segments(reinterpret_cast<const Segment*>(start + header->e_phoff),
                           std::min<std::size_t>(header->e_phnum, k_max_segments));
  auto names = exported_functions(std::span(start, loaded_bytes(*header, segments)));
  if (!names)
    return fail(std::move(names).error().with_context("cannot read the vDSO"));
  return names;
}

Result<bool> has_vdso_getrandom() {
  KIF_TRY(const auto names, vdso_functions());
  return std::ranges::any_of(names, [](const std::string& name) {
    return name == "__vdso_getrandom" || name == "__kernel_getrandom"; // x86; arm64
  });
}

} // namespace kif::host
