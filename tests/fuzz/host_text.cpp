// SPDX-License-Identifier: Apache-2.0
// What `kif host` reads of a machine: files of /proc, versions that programs print.
#include <algorithm>
#include <string>

#include "host/cgroups.h"
#include "host/engines.h"
#include "host/root.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view text = fuzz::text_of(data, size);
  const auto has_space = [](const std::string& word) { return word.find_first_of(" \t\n\r\v\f") != std::string::npos; };
  if (const auto version = host::version_in(text))
    fuzz::demand(!version->empty() && version->size() <= 64 && !has_space(*version), "a version is one short word");
  for (const std::string& word : host::words(text))
    fuzz::demand(!word.empty() && !has_space(word), "a word is a word");
  std::size_t bytes = 0;
  const auto lines = host::lines(text);
  for (const std::string& line : lines)
    bytes += line.size() + 1;
  fuzz::demand(bytes == size || bytes == size + 1, "all of the text is in its lines");
  if (const auto field = host::field(text, "Seccomp", "x"))
    fuzz::demand(text.find(*field) != std::string_view::npos, "a field is part of the text");
  (void)host::cgroups_of(text);
  return 0;
}
