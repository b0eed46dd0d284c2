// SPDX-License-Identifier: Apache-2.0
// The program or script that an image starts with: whether it insists on being process 1. The first line is its name.
#include "image/inspection/first_process.h"

#include <algorithm>
#include <string>

#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const auto parts = fuzz::cut(fuzz::text_of(data, size), 2);
  const std::string reason = image::insists_on_first_process(parts[0], parts[1]);
  fuzz::demand(reason.size() <= 200 && std::ranges::all_of(reason, [](char c) { return c >= ' ' && c <= '~'; }),
               "a reason is short, printable and kif's own");
  if (!parts[1].starts_with("\x7f"
                            "ELF") &&
      parts[1].find('$') == std::string_view::npos && !reason.empty())
    fuzz::demand(reason == image::insists_on_first_process("other", parts[1]), "a script is judged by what it says");
  return 0;
}
