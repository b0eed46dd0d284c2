// SPDX-License-Identifier: Apache-2.0
// Files of an image and of whoever gives a module: every reader of the room elf, and the look at a module's file that
// follows them, in the order in which `kif harden` takes them.
#include "elf/file.h"

#include <algorithm>

#include "elf/function_table.h"
#include "elf/headers.h"
#include "elf/structure.h"
#include "image/module_integrity.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view content = fuzz::text_of(data, size);
  const auto bytes = std::as_bytes(std::span(content));
  if (elf::has_no_loader(bytes))
    fuzz::demand(elf::is_elf(bytes), "a program begins as an ELF file does");
  const auto functions = elf::FunctionTable::read(elf::in_memory(bytes), "x");
  fuzz::demand_good_error(functions);
  for (std::uint64_t offset = 0; functions && offset < size; offset += 64)
    fuzz::demand(functions->find(offset).size() <= 256, "the name of a function is bounded");
  if (const auto at = elf::section_at(bytes, ".rodata1", 32))
    fuzz::demand(*at <= size && size - *at >= 32 && elf::structural_damage(bytes).empty(),
                 "a section that is found lies inside a whole file");
  const auto elf = elf::parse(bytes, "x", elf::Symbols::read);
  fuzz::demand_good_error(elf);
  if (!elf)
    return 0;
  fuzz::demand(elf::is_elf(bytes), "what is read begins as an ELF file does");
  for (const elf::Symbol& symbol : elf->exported_symbols)
    fuzz::demand(symbol.body.empty() || (symbol.body.data() >= bytes.data() &&
                                         symbol.body.data() + symbol.body.size() <= bytes.data() + bytes.size()),
                 "a symbol's body lies inside the file");
  fuzz::demand(std::ranges::is_sorted(elf->imported_symbols), "imported names are sorted");
  // No records lie beside it; what is in the file itself is looked at.
  fuzz::demand_good_error(image::check_module_file("/proc/self/fdinfo/none/fips.so", content));
  return 0;
}
