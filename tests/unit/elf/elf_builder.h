// SPDX-License-Identifier: Apache-2.0
// Makes small ELF files for tests: a shared library with chosen needs, definitions and exported functions, every offset
// known.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <elf.h>

namespace kif::elf {

struct Recipe {
  std::uint16_t machine = EM_X86_64;
  std::uint16_t type = ET_DYN;
  std::string soname = {};
  std::vector<std::string> needed = {};
  std::vector<std::pair<std::string, std::vector<std::string>>> needs = {}; ///< library, versions
  std::vector<std::string> definitions = {};
  std::vector<std::pair<std::string, std::string>> exports = {}; ///< name, bytes of its body
  std::vector<std::string> imports = {};                         ///< names that others define
  bool is_program = false;                                       ///< marked as a position-independent program
  bool has_interpreter = false;
  std::string text = {}; ///< bytes that stand in the file as they are
};

/// The file: ELF header, program headers, one segment that maps the whole file at address 0, and what the recipe asks
/// for.
inline std::string build_elf(const Recipe& recipe) {
  std::string strings(1, '\0');
  const auto name = [&](std::string_view text) {
    const auto at = static_cast<std::uint32_t>(strings.size());
    strings += text;
    strings += '\0';
    return at;
  };
  std::string file(sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr), '\0');
  const auto append = [&](const auto& value) { file.append(reinterpret_cast<const char*>(&value), sizeof value); };
  const auto align = [&] { file.resize((file.size() + 7) / 8 * 8); };

  std::vector<Elf64_Dyn> dynamic;
  const auto tag = [&](std::int64_t kind, std::uint64_t value) {
    Elf64_Dyn entry{};
    entry.d_tag = kind;
    entry.d_un.d_val = value;
    dynamic.push_back(entry);
  };
  for (const std::string& library : recipe.needed)
    tag(DT_NEEDED, name(library));
  if (!recipe.soname.empty())
    tag(DT_SONAME, name(recipe.soname));

  if (recipe.is_program)
    tag(DT_FLAGS_1, DF_1_PIE);

  std::vector<Elf64_Sym> symbols(1);
  for (const auto& [function, body] : recipe.exports) {
    align();
    Elf64_Sym symbol{};
    symbol.st_name = name(function);
    symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbol.st_shndx = 1;
    symbol.st_value = file.size();
    symbol.st_size = body.size();
    symbols.push_back(symbol);
    file += body;
  }
  const std::size_t first_import = symbols.size();
  for (const std::string& function : recipe.imports) {
    Elf64_Sym symbol{};
    symbol.st_name = name(function);
    symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbols.push_back(symbol);
  }
  align();
  tag(DT_JMPREL, file.size());
  tag(DT_PLTRELSZ, recipe.imports.size() * sizeof(Elf64_Rela));
  for (std::size_t i = 0; i < recipe.imports.size(); ++i) {
    Elf64_Rela relocation{};
    relocation.r_info = ELF64_R_INFO(first_import + i, R_X86_64_JUMP_SLOT);
    append(relocation);
  }
  tag(DT_SYMTAB, file.size());
  for (const Elf64_Sym& symbol : symbols)
    append(symbol);
  tag(DT_HASH, file.size());
  append(std::uint32_t{1});
  append(static_cast<std::uint32_t>(symbols.size()));
  append(std::uint32_t{0});
  for (std::size_t i = 0; i < symbols.size(); ++i)
    append(std::uint32_t{0});

  align();
  if (!recipe.needs.empty()) {
    tag(DT_VERNEED, file.size());
    for (std::size_t i = 0; i < recipe.needs.size(); ++i) {
      const auto& [library, versions] = recipe.needs[i];
      Elf64_Verneed need{};
      need.vn_version = VER_NEED_CURRENT;
      need.vn_cnt = static_cast<std::uint16_t>(versions.size());
      need.vn_file = name(library);
      need.vn_aux = sizeof need;
      need.vn_next = i + 1 == recipe.needs.size()
                         ? 0
                         : static_cast<std::uint32_t>(sizeof need + versions.size() * sizeof(Elf64_Vernaux));
      append(need);
      for (std::size_t j = 0; j < versions.size(); ++j) {
        Elf64_Vernaux entry{};
        entry.vna_name = name(versions[j]);
        entry.vna_next = j + 1 == versions.size() ? 0 : sizeof entry;
        append(entry);
      }
    }
  }
  if (!recipe.definitions.empty()) {
    tag(DT_VERDEF, file.size());
    for (std::size_t i = 0; i < recipe.definitions.size(); ++i) {
      Elf64_Verdef definition{};
      definition.vd_version = VER_DEF_CURRENT;
      definition.vd_cnt = 1;
      definition.vd_aux = sizeof definition;
      definition.vd_next = i + 1 == recipe.definitions.size() ? 0 : sizeof definition + sizeof(Elf64_Verdaux);
      append(definition);
      Elf64_Verdaux entry{};
      entry.vda_name = name(recipe.definitions[i]);
      append(entry);
    }
  }
  file += recipe.text;
  align();
  tag(DT_STRTAB, file.size());
  tag(DT_STRSZ, strings.size());
  file += strings;
  align();
  tag(DT_NULL, 0);
  Elf64_Phdr headers[3] = {};
  headers[2].p_type = recipe.has_interpreter ? PT_INTERP : PT_NULL;
  headers[1].p_type = PT_DYNAMIC;
  headers[1].p_offset = headers[1].p_vaddr = file.size();
  headers[1].p_filesz = headers[1].p_memsz = dynamic.size() * sizeof(Elf64_Dyn);
  for (const Elf64_Dyn& entry : dynamic)
    append(entry);
  headers[0].p_type = PT_LOAD;
  headers[0].p_filesz = headers[0].p_memsz = file.size();

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = recipe.type;
  header.e_machine = recipe.machine;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof header;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 3;
  std::memcpy(file.data(), &header, sizeof header);
  std::memcpy(file.data() + sizeof header, headers, sizeof headers);
  return file;
}

} // namespace kif::elf
