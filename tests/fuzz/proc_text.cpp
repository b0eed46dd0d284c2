// SPDX-License-Identifier: Apache-2.0
// What is read of the processes of a container: their mappings and calls, and what the runtime says of them.
#include <algorithm>
#include <string>

#include "init/give_back.h"
#include "target.h"
#include "watch/attendance.h"
#include "watch/java_refusals.h"
#include "watch/listener.h"
#include "watch/stack.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view text = fuzz::text_of(data, size);
  auto mappings = watch::parse_executable_mappings(text);
  fuzz::demand(mappings.size() <= static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1, "one mapping a line");
  std::ranges::sort(mappings, {}, &watch::Mapping::begin); // as the kernel has them
  for (const watch::Mapping& mapping : mappings) {
    fuzz::demand(!mapping.file.empty() && mapping.file.find('\n') == std::string::npos, "a file is named");
    for (const std::uint64_t address : {mapping.begin, mapping.end, mapping.begin + 1}) {
      const auto frame = watch::locate(mappings, address);
      fuzz::demand(!frame || std::ranges::any_of(mappings,
                                                 [&](const watch::Mapping& other) {
                                                   return other.file == frame->file && other.begin <= address &&
                                                          address < other.end;
                                                 }),
                   "a place lies in its file's mapping");
    }
  }
  (void)watch::parse_stack_pointer(text);
  (void)watch::parse_stack_begin(text);
  const std::size_t half = text.size() / 2;
  const std::string libc = watch::libc_of_loader(text.substr(0, half), text.substr(half));
  fuzz::demand(libc.empty() || libc.ends_with("/libc.so.6"), "a libc beside a loader");
  if (const auto request = watch::parse_java_request(text)) {
    fuzz::demand(request->pid > 0 && !request->type.empty() && !request->algorithm.empty(), "a request is whole");
    fuzz::demand(request->callers.size() <= 8, "callers are bounded");
  }
  fuzz::demand(!watch::listens(text, 80) || text.find("0A") != std::string_view::npos, "what listens says so");
  fuzz::demand(init::droppable_ranges(text).size() <= static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1,
               "one range a line");
  const auto pid = watch::parse_container_process_state(text);
  fuzz::demand_good_error(pid);
  fuzz::demand(!pid || *pid > 0, "a process has a number");
  return 0;
}
