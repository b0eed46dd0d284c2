// SPDX-License-Identifier: Apache-2.0
#include "watch/symbols.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/root_file.h"

namespace kif::watch {
namespace {

constexpr std::uint64_t k_max_table_bytes = 64ULL * 1024 * 1024; // a debug build of a browser stays below
constexpr std::size_t k_max_sections = 65'536;
constexpr std::size_t k_max_segments = 1024;

bool read_at(int fd, std::uint64_t offset, std::span<std::byte> into) {
  while (!into.empty()) {
    const ssize_t count = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
    if (count <= 0)
      return false;
    offset += static_cast<std::uint64_t>(count);
    into = into.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

template <class T> std::optional<std::vector<T>> read_table(int fd, std::uint64_t offset, std::uint64_t count) {
  if (count > k_max_table_bytes / sizeof(T) || offset > static_cast<std::uint64_t>(INT64_MAX))
    return std::nullopt;
  std::vector<T> table(static_cast<std::size_t>(count));
  if (!read_at(fd, offset, std::as_writable_bytes(std::span(table))))
    return std::nullopt;
  return table;
}

std::string name_at(const std::vector<char>& names, std::uint64_t offset) {
  if (offset >= names.size())
    return {};
  const auto begin = names.begin() + static_cast<std::ptrdiff_t>(offset);
  const std::string name(begin, std::find(begin, names.end(), '\0'));
  const bool printable = std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; });
  return printable && name.size() <= 256 ? name : std::string();
}

bool is_supported(const Elf64_Ehdr& header) {
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
         header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_phentsize == sizeof(Elf64_Phdr) &&
         (header.e_shnum == 0 || header.e_shentsize == sizeof(Elf64_Shdr)) && header.e_phnum <= k_max_segments;
}

} // namespace

Result<SymbolTable> SymbolTable::read(int fd, const std::string& name) {
  const auto broken = [&name](const char* what) {
    return fail(ErrorCode::invalid_input, "cannot read the symbols of " + name + ": " + what);
  };
  Elf64_Ehdr header{};
  if (!read_at(fd, 0, std::as_writable_bytes(std::span(&header, 1))))
    return broken("too short for an ELF file");
  if (!is_supported(header))
    return fail(ErrorCode::unsupported, "cannot read the symbols of " + name + ": no 64-bit little-endian ELF file");
  const auto segments = read_table<Elf64_Phdr>(fd, header.e_phoff, header.e_phnum);
  const auto sections =
      read_table<Elf64_Shdr>(fd, header.e_shoff, std::min<std::size_t>(header.e_shnum, k_max_sections));
  if (!segments || !sections)
    return broken("a table reaches over the end of the file");

  SymbolTable table;
  for (const Elf64_Phdr& segment : *segments)
    if (segment.p_type == PT_LOAD)
      table.m_segments.push_back({segment.p_offset, segment.p_vaddr, segment.p_filesz});
  for (const Elf64_Shdr& section : *sections) {
    if ((section.sh_type != SHT_DYNSYM && section.sh_type != SHT_SYMTAB) || section.sh_link >= sections->size())
      continue;
    const Elf64_Shdr& strings = (*sections)[section.sh_link];
    const auto symbols = read_table<Elf64_Sym>(fd, section.sh_offset, section.sh_size / sizeof(Elf64_Sym));
    const auto names = read_table<char>(fd, strings.sh_offset, strings.sh_size);
    if (!symbols || !names)
      return broken("a table reaches over the end of the file");
    for (const Elf64_Sym& symbol : *symbols)
      if (const auto type = ELF64_ST_TYPE(symbol.st_info);
          (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol.st_shndx != SHN_UNDEF && symbol.st_size > 0)
        if (std::string text = name_at(*names, symbol.st_name); !text.empty())
          table.m_functions.push_back({symbol.st_value, symbol.st_size, std::move(text)});
  }
  // Of several names for one place the plainest first: getrandom before __getrandom.
  std::ranges::sort(table.m_functions, [](const Function& a, const Function& b) {
    const auto rank = [](const Function& f) {
      return std::pair(f.name.find_first_not_of('_'), std::string_view(f.name));
    };
    return a.address != b.address ? a.address < b.address : rank(a) < rank(b);
  });
  return table;
}

std::string SymbolTable::find(std::uint64_t file_offset) const {
  for (const Segment& segment : m_segments) {
    if (file_offset < segment.offset || file_offset - segment.offset >= segment.bytes)
      continue;
    const std::uint64_t address = file_offset - segment.offset + segment.address;
    auto after = std::ranges::upper_bound(m_functions, address, {}, &Function::address);
    if (after == m_functions.begin())
      return {};
    const std::uint64_t start = std::prev(after)->address;
    const auto first = std::ranges::lower_bound(m_functions, start, {}, &Function::address);
    for (auto function = first; function != after; ++function)
      if (address - function->address < function->bytes)
        return function->name;
  }
  return {};
}

namespace {

UniqueFd open_in_container(const Container& container, const std::string& path) {
  for (const BindMount& bind : container.binds) {
    if (path == bind.destination)
      return UniqueFd(::open(bind.source.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (path.starts_with(bind.destination + "/"))
      return open_in_root(bind.source, path.substr(bind.destination.size()));
  }
  return open_in_root(container.root, path);
}

} // namespace

void add_symbols(std::vector<Event>& events, const Container& container) {
  std::map<std::string, std::optional<SymbolTable>> tables;
  const auto table_of = [&](const std::string& file) -> const std::optional<SymbolTable>& {
    auto [entry, is_new] = tables.try_emplace(file);
    if (is_new && file.starts_with('/'))
      if (const UniqueFd fd = open_in_container(container, file))
        if (auto table = SymbolTable::read(fd.get(), file))
          entry->second = *std::move(table);
    return entry->second;
  };
  for (Event& event : events)
    for (Frame& frame : event.callers)
      if (const auto& table = table_of(frame.file)) {
        // A return address stands behind its call, which may be a function's last instruction.
        frame.symbol = table->find(&frame == &event.callers.front() ? frame.offset : frame.offset - 1);
        frame.symbols_read = true;
      }
}

} // namespace kif::watch
