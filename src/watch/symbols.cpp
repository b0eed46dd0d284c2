// SPDX-License-Identifier: Apache-2.0
#include "watch/symbols.h"

#include <map>
#include <optional>
#include <string>

#include <fcntl.h>

#include "base/root_file.h"
#include "elf/function_table.h"

namespace kif::watch {

UniqueFd open_in_container(const Container& container, const std::string& path) {
  for (const BindMount& bind : container.binds) {
    if (path == bind.destination)
      return UniqueFd(::open(bind.source.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (path.starts_with(bind.destination + "/"))
      return open_in_root(bind.source, path.substr(bind.destination.size()));
  }
  if (container.writable) // what the container wrote covers what its root has
    if (UniqueFd written = open_in_root(container.writable->seen_by_kif / "upper", path))
      return written;
  return open_in_root(container.root, path);
}

void add_symbols(std::vector<Event>& events, const Container& container) {
  std::map<std::string, std::optional<elf::FunctionTable>> tables;
  const auto table_of = [&](const std::string& file) -> const std::optional<elf::FunctionTable>& {
    auto [entry, is_new] = tables.try_emplace(file);
    if (is_new && file.starts_with('/'))
      if (const UniqueFd fd = open_in_container(container, file))
        if (auto table = elf::FunctionTable::read(elf::in_file(fd.get()), file))
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
