// SPDX-License-Identifier: Apache-2.0
#include "elf/file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "elf/headers.h"
#include "elf/view.h"

namespace kif::elf {
namespace {

static_assert(std::endian::native == std::endian::little, "structures are copied from the file as they are");

// Far above what any real file has (libc.so.6: 40 version definitions; the largest programs: 200 needed libraries), and
// low enough that chains which overlap themselves end soon.
constexpr std::size_t k_max_entries = 8192;
constexpr std::size_t k_max_symbols = 4'000'000;

std::uint16_t in_file_order(std::uint16_t value, bool is_little_endian) {
  return is_little_endian ? value : static_cast<std::uint16_t>(value << 8 | value >> 8);
}

std::string name_of_machine(std::uint16_t machine, bool is_64_bit, bool is_little_endian) {
  switch (machine) {
  case EM_X86_64:
    return is_64_bit ? "amd64" : "x32";
  case EM_AARCH64:
    return is_little_endian ? "arm64" : "arm64be";
  case EM_386:
    return "386";
  case EM_ARM:
    return "arm";
  case EM_PPC64:
    return is_little_endian ? "ppc64le" : "ppc64";
  case EM_S390:
    return "s390x";
  case EM_RISCV:
    return is_64_bit ? "riscv64" : "riscv32";
  default:
    return "machine " + std::to_string(machine);
  }
}

// One reading of one file. A method that meets something outside the file records the first reason and gives nothing
// back.
class Parser {
public:
  Parser(std::span<const std::byte> content, std::string_view name)
      : m_content(content), m_name(name), m_view(content) {}

  Result<File> parse(Symbols symbols) {
    read_header();
    if (m_view.is_good())
      read_dynamic_section();
    if (m_view.is_good() && m_file.is_dynamic) {
      read_names();
      read_version_needs();
      read_version_definitions();
      if (symbols == Symbols::read) {
        read_exported_symbols();
        read_imported_symbols();
      }
    }
    m_file.is_static_program = m_is_program && !m_has_interpreter && m_file.needed_libraries.empty();
    if (!m_view.is_good())
      return fail(ErrorCode::invalid_input, "cannot read ELF file " + std::string(m_name) + ": " + m_view.reason());
    return std::move(m_file);
  }

private:
  struct Range {
    std::uint64_t offset;
    std::uint64_t size;
  };

  // The first 20 bytes are the same in every class of ELF file; a 32-bit file may be shorter than the 64-bit header.
  void read_header() {
    if (!is_elf(m_content))
      return m_view.refuse("no ELF header");
    const auto identity = m_view.copy<std::array<unsigned char, EI_NIDENT>>(0, "the ELF header");
    const auto type = m_view.copy<std::uint16_t>(EI_NIDENT, "the ELF header");
    if (!identity || !type || !m_view.copy<std::uint16_t>(EI_NIDENT + 2, "the ELF header"))
      return;
    const bool is_little_endian = (*identity)[EI_DATA] == ELFDATA2LSB;
    m_file.architecture = architecture_of(m_content);
    m_file.is_shared_object = in_file_order(*type, is_little_endian) == ET_DYN;
    m_is_program = in_file_order(*type, is_little_endian) == ET_EXEC;
    if ((*identity)[EI_CLASS] == ELFCLASS64 && is_little_endian)
      read_segments();
  }

  void read_segments() {
    const auto headers = read_headers(in_memory(m_content));
    if (!headers)
      return m_view.refuse(headers.error().message);
    for (const Elf64_Phdr& segment : headers->segments) {
      if (segment.p_type == PT_LOAD)
        m_view.add_segment(segment.p_vaddr, segment.p_offset, segment.p_filesz);
      if (segment.p_type == PT_INTERP)
        m_has_interpreter = true;
      if (segment.p_type == PT_DYNAMIC)
        m_dynamic = Range{segment.p_offset, segment.p_filesz};
    }
  }

  void read_dynamic_section() {
    if (!m_dynamic)
      return;
    m_file.is_dynamic = true;
    std::optional<std::uint64_t> strings;
    std::uint64_t strings_size = 0;
    for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= m_dynamic->size; at += sizeof(Elf64_Dyn)) {
      const auto entry = m_view.copy<Elf64_Dyn>(m_dynamic->offset + at, "the dynamic section");
      if (!entry)
        return;
      if (entry->d_tag == DT_NULL)
        break;
      if (entry->d_tag == DT_NEEDED && m_needed.size() == k_max_entries)
        return m_view.refuse("too many needed libraries");
      switch (entry->d_tag) {
      case DT_NEEDED:
        m_needed.push_back(entry->d_un.d_val);
        break;
      case DT_SONAME:
        m_soname = entry->d_un.d_val;
        break;
      case DT_STRTAB:
        strings = entry->d_un.d_ptr;
        break;
      case DT_STRSZ:
        strings_size = entry->d_un.d_val;
        break;
      case DT_SYMTAB:
        m_symbol_table = entry->d_un.d_ptr;
        break;
      case DT_HASH:
        m_hash = entry->d_un.d_ptr;
        break;
      case DT_GNU_HASH:
        m_gnu_hash = entry->d_un.d_ptr;
        break;
      case DT_RELA:
        m_relocations[0].offset = entry->d_un.d_ptr;
        break;
      case DT_RELASZ:
        m_relocations[0].size = entry->d_un.d_val;
        break;
      case DT_JMPREL:
        m_relocations[1].offset = entry->d_un.d_ptr;
        break;
      case DT_PLTRELSZ:
        m_relocations[1].size = entry->d_un.d_val;
        break;
      case DT_FLAGS_1: // a position-independent program is marked as one since binutils 2.26
        m_is_program = m_is_program || (entry->d_un.d_val & DF_1_PIE) != 0;
        break;
      case DT_VERNEED:
        m_needs = entry->d_un.d_ptr;
        break;
      case DT_VERDEF:
        m_definitions = entry->d_un.d_ptr;
        break;
      default:
        break;
      }
    }
    m_view.set_strings(strings, strings_size);
  }

  void read_names() {
    if (m_soname)
      if (auto name = m_view.name_at(*m_soname))
        m_file.soname = std::move(*name);
    for (const std::uint64_t index : m_needed)
      if (auto name = m_view.name_at(index))
        m_file.needed_libraries.push_back(std::move(*name));
      else
        return;
  }

  void read_version_needs() {
    if (!m_needs || !m_view.is_good())
      return;
    auto at = m_view.offset_of(*m_needs, "the version needs");
    std::size_t count = 0;
    while (at) {
      const auto need = m_view.copy<Elf64_Verneed>(*at, "a version need");
      const auto library = need ? m_view.name_at(need->vn_file) : std::nullopt;
      if (!library)
        return;
      std::uint64_t next = *at + need->vn_aux;
      for (std::size_t i = 0; i < need->vn_cnt; ++i) {
        const auto entry = m_view.copy<Elf64_Vernaux>(next, "a version need");
        const auto version = entry ? m_view.name_at(entry->vna_name) : std::nullopt;
        if (!version)
          return;
        if (++count > k_max_entries)
          return m_view.refuse("too many version needs");
        m_file.version_needs.push_back({*library, *version});
        if (entry->vna_next == 0)
          break;
        next += entry->vna_next;
      }
      if (need->vn_next == 0 || ++count > k_max_entries)
        return;
      *at += need->vn_next;
    }
  }

  void read_version_definitions() {
    if (!m_definitions || !m_view.is_good())
      return;
    auto at = m_view.offset_of(*m_definitions, "the version definitions");
    for (std::size_t count = 0; at; ++count) {
      if (count > k_max_entries)
        return m_view.refuse("too many version definitions");
      const auto definition = m_view.copy<Elf64_Verdef>(*at, "a version definition");
      if (!definition)
        return;
      if (definition->vd_cnt > 0 && (definition->vd_flags & VER_FLG_BASE) == 0) {
        const auto entry = m_view.copy<Elf64_Verdaux>(*at + definition->vd_aux, "a version definition");
        const auto version = entry ? m_view.name_at(entry->vda_name) : std::nullopt;
        if (!version)
          return;
        m_file.defined_versions.push_back(*version);
      }
      if (definition->vd_next == 0)
        return;
      *at += definition->vd_next;
    }
  }

  // The dynamic section does not say how many symbols there are; the hash tables do.
  std::optional<std::uint64_t> symbol_count() {
    if (m_hash) {
      const auto table = m_view.offset_of(*m_hash, "the symbol hash table");
      const auto count = table ? m_view.copy<std::uint32_t>(*table + 4, "the symbol hash table") : std::nullopt;
      return count ? std::optional<std::uint64_t>(*count) : std::nullopt;
    }
    if (!m_gnu_hash)
      return 0;
    const auto table = m_view.offset_of(*m_gnu_hash, "the symbol hash table");
    const auto head = table ? m_view.copy<std::array<std::uint32_t, 4>>(*table, "the symbol hash table") : std::nullopt;
    if (!head)
      return std::nullopt;
    const auto [bucket_count, first_symbol, bloom_words, shift] = *head;
    const std::uint64_t buckets = *table + sizeof *head + std::uint64_t{bloom_words} * 8;
    const std::uint64_t chains = buckets + std::uint64_t{bucket_count} * 4;
    std::uint32_t last = 0;
    for (std::uint64_t i = 0; i < bucket_count; ++i) {
      const auto first = m_view.copy<std::uint32_t>(buckets + i * 4, "the symbol hash table");
      if (!first)
        return std::nullopt;
      last = std::max(last, *first);
    }
    if (last < first_symbol)
      return first_symbol;               // no exported symbol at all
    for (std::uint64_t i = last;; ++i) { // the chain of the last bucket ends at the last symbol
      const auto hash = m_view.copy<std::uint32_t>(chains + (i - first_symbol) * 4, "the symbol hash table");
      if (!hash)
        return std::nullopt;
      if ((*hash & 1) != 0)
        return i + 1;
    }
  }

  void read_exported_symbols() {
    if (!m_symbol_table || !m_view.is_good())
      return;
    const auto count = symbol_count();
    const auto table = m_view.offset_of(*m_symbol_table, "the symbol table");
    if (!count || !table)
      return;
    if (*count > k_max_symbols)
      return m_view.refuse("too many symbols");
    for (std::uint64_t i = 0; i < *count; ++i) {
      const auto symbol = m_view.copy<Elf64_Sym>(*table + i * sizeof(Elf64_Sym), "a symbol");
      if (!symbol)
        return;
      if (symbol->st_shndx == SHN_UNDEF || ELF64_ST_BIND(symbol->st_info) == STB_LOCAL)
        continue;
      auto name = m_view.name_at(symbol->st_name);
      if (!name)
        return;
      m_file.exported_symbols.push_back({std::move(*name), m_view.bytes_at(symbol->st_value, symbol->st_size)});
    }
  }

  // The hash tables leave out what is imported: a name counts that a relocation refers to.
  void read_imported_symbols() {
    if (!m_symbol_table || !m_view.is_good())
      return;
    std::vector<std::uint32_t> symbols;
    for (const Range& table : m_relocations) {
      if (table.size < sizeof(Elf64_Rela))
        continue;
      const auto start = m_view.offset_of(table.offset, "the relocations");
      if (!start)
        return;
      for (std::uint64_t at = 0; at + sizeof(Elf64_Rela) <= table.size; at += sizeof(Elf64_Rela)) {
        const auto relocation = m_view.copy<Elf64_Rela>(*start + at, "a relocation");
        if (!relocation)
          return;
        if (const auto symbol = static_cast<std::uint32_t>(ELF64_R_SYM(relocation->r_info)); symbol != 0)
          symbols.push_back(symbol);
      }
    }
    std::sort(symbols.begin(), symbols.end());
    symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
    if (symbols.size() > k_max_symbols)
      return m_view.refuse("too many symbols");
    const auto table = m_view.offset_of(*m_symbol_table, "the symbol table");
    for (const std::uint32_t index : symbols) {
      const auto symbol =
          table ? m_view.copy<Elf64_Sym>(*table + std::uint64_t{index} * sizeof(Elf64_Sym), "a symbol") : std::nullopt;
      if (!symbol)
        return;
      if (symbol->st_shndx != SHN_UNDEF)
        continue;
      auto name = m_view.name_at(symbol->st_name);
      if (!name)
        return;
      m_file.imported_symbols.push_back(std::move(*name));
    }
    std::sort(m_file.imported_symbols.begin(), m_file.imported_symbols.end());
  }

  std::span<const std::byte> m_content;
  std::string_view m_name;
  View m_view;
  File m_file;
  std::optional<Range> m_dynamic;
  std::array<Range, 2> m_relocations{}; ///< of data, and of calls; the offset is a load address
  bool m_is_program = false;
  bool m_has_interpreter = false;
  std::vector<std::uint64_t> m_needed;
  std::optional<std::uint64_t> m_soname;
  std::optional<std::uint64_t> m_symbol_table;
  std::optional<std::uint64_t> m_hash;
  std::optional<std::uint64_t> m_gnu_hash;
  std::optional<std::uint64_t> m_needs;
  std::optional<std::uint64_t> m_definitions;
};

} // namespace

const Symbol* File::exported(std::string_view name) const {
  const auto found = std::find_if(exported_symbols.begin(), exported_symbols.end(),
                                  [&](const Symbol& symbol) { return symbol.name == name; });
  return found == exported_symbols.end() ? nullptr : &*found;
}

bool File::imports(std::string_view name) const {
  return std::binary_search(imported_symbols.begin(), imported_symbols.end(), name);
}

bool is_elf(std::span<const std::byte> content) noexcept {
  return content.size() >= SELFMAG && std::memcmp(content.data(), ELFMAG, SELFMAG) == 0;
}

std::string architecture_of(std::span<const std::byte> head) {
  if (head.size() < k_head_bytes || !is_elf(head))
    return {};
  const auto byte = [&](std::size_t at) { return std::to_integer<unsigned char>(head[at]); };
  std::uint16_t machine = 0;
  std::memcpy(&machine, head.data() + EI_NIDENT + 2, sizeof machine);
  const bool is_little_endian = byte(EI_DATA) == ELFDATA2LSB;
  return name_of_machine(in_file_order(machine, is_little_endian), byte(EI_CLASS) == ELFCLASS64, is_little_endian);
}

Result<File> parse(std::span<const std::byte> content, std::string_view name, Symbols symbols) {
  return Parser(content, name).parse(symbols);
}

} // namespace kif::elf
