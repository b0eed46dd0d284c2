// SPDX-License-Identifier: Apache-2.0
// Patterns of an image's own loader configuration: a name and a pattern, cut by the first zero. The measure is
// fnmatch(3), where its time is bounded and it reads the same.
#include "layer/glob.h"

#include <algorithm>
#include <string>

#include <fnmatch.h>

#include "target.h"

namespace {

// fnmatch tries every way in which stars share a name. In sets it knows classes, which have colons, dots and equals
// signs, and ranges by the locale.
bool is_read_alike(std::string_view pattern) {
  return std::ranges::count(pattern, '*') <= 3 && pattern.size() <= 64 &&
         pattern.find_first_of("[\\") == std::string_view::npos;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string text(fuzz::text_of(data, size));
  const std::size_t end = std::min(text.find('\0'), text.size());
  const std::string name = text.substr(0, end);
  const std::string pattern = text.substr(std::min(end + 1, size));
  const bool matches = oci::matches_glob(name, pattern);
  fuzz::demand(oci::matches_glob(name, oci::escaped_glob(name)), "an escaped name matches itself");
  fuzz::demand(!oci::matches_glob(name + "x", oci::escaped_glob(name)), "an escaped name matches nothing else");
  if (!oci::is_glob(pattern) && pattern.find('\\') == std::string::npos)
    fuzz::demand(matches == (name == pattern), "a name is its own pattern");
  if (name.size() <= 64 && is_read_alike(pattern) && pattern.find('\0') == std::string::npos)
    fuzz::demand(matches == (::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0), "fnmatch says the same");
  return 0;
}
