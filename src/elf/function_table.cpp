// SPDX-License-Identifier: Apache-2.0
#include "elf/function_table.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace kif::elf {
namespace {

constexpr std::size_t k_max_name_bytes = 256;
constexpr std::size_t k_max_names_bytes = 64UL * 1024 * 1024; // of all: symbols may share one long name

std::string name_at(const std::vector<char>& names, std::uint64_t offset) {
  if (offset >= names.size())
    return {};
  const std::string_view rest(names.data() + offset,
                              std::min<std::size_t>(names.size() - offset, k_max_name_bytes + 1));
  const std::string_view name = rest.substr(0, rest.find('\0'));
  const bool printable = std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; });
  return printable && name.size() <= k_max_name_bytes ? std::string(name) : std::string();
}

bool is_function(const Elf64_Sym& symbol) {
  const auto type = ELF64_ST_TYPE(symbol.st_info);
  return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol.st_shndx != SHN_UNDEF && symbol.st_size > 0;
}

} // namespace

bool FunctionTable::add_functions(const ReadAt& bytes, const Elf64_Shdr& table, const Elf64_Shdr& strings) {
  const auto symbols = read_table<Elf64_Sym>(bytes, table.sh_offset, table.sh_size / sizeof(Elf64_Sym));
  const auto names = read_table<char>(bytes, strings.sh_offset, strings.sh_size);
  if (!symbols || !names)
    return false;
  std::size_t name_bytes = 0;
  for (const Elf64_Sym& symbol : *symbols)
    if (is_function(symbol))
      if (std::string text = name_at(*names, symbol.st_name); !text.empty()) {
        name_bytes += text.size();
        if (name_bytes > k_max_names_bytes)
          return false;
        m_functions.push_back({symbol.st_value, symbol.st_size, std::move(text)});
      }
  return true;
}

Result<FunctionTable> FunctionTable::read(const ReadAt& bytes, const std::string& name) {
  const auto refused = [&name](ErrorCode code, const std::string& reason) {
    return fail(code, "cannot read the symbols of " + name + ": " + reason);
  };
  const auto headers = read_headers(bytes);
  if (!headers)
    return refused(headers.error().code, headers.error().message);
  const auto sections = read_sections(bytes, headers->file);
  if (!sections)
    return refused(sections.error().code, sections.error().message);

  FunctionTable table;
  for (const Elf64_Phdr& segment : headers->segments)
    if (segment.p_type == PT_LOAD)
      table.m_segments.push_back({segment.p_offset, segment.p_vaddr, segment.p_filesz});
  for (const std::uint32_t type : {SHT_DYNSYM, SHT_SYMTAB}) { // a file has one of each at most
    const auto found = std::ranges::find(*sections, type, &Elf64_Shdr::sh_type);
    if (found != sections->end() && found->sh_link < sections->size() &&
        !table.add_functions(bytes, *found, (*sections)[found->sh_link]))
      return refused(ErrorCode::invalid_input,
                     "a table reaches over the end of the file, or its names over all bounds");
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

std::string FunctionTable::find(std::uint64_t file_offset) const {
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

std::optional<FunctionTable::Place> FunctionTable::place_of(std::string_view name) const {
  const auto function = std::ranges::find(m_functions, name, &Function::name);
  if (function == m_functions.end())
    return std::nullopt;
  for (const Segment& segment : m_segments)
    if (function->address >= segment.address && function->address - segment.address < segment.bytes)
      return Place{function->address - segment.address + segment.offset, function->bytes};
  return std::nullopt;
}

} // namespace kif::elf
