// SPDX-License-Identifier: Apache-2.0
// The list of digests in the layer, which kif-init and kif verify hold the layer's files to.
#include "init/manifest.h"

#include <algorithm>
#include <set>
#include <string>

#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view text = fuzz::text_of(data, size);
  const auto entries = init::parse_manifest(text, "x");
  fuzz::demand_good_error(entries);
  if (!entries)
    return 0;
  std::string written;
  std::set<std::string> paths;
  for (const init::ManifestEntry& entry : *entries) {
    fuzz::demand(entry.sha256.size() == 64 && entry.path.starts_with('/') &&
                     entry.path.find('\n') == std::string::npos && entry.path.find("/../") == std::string::npos,
                 "a digest and a plain path");
    fuzz::demand(paths.insert(entry.path).second, "each file is named once");
    written += entry.sha256 + "  " + entry.path + "\n";
  }
  fuzz::demand(!entries->empty() && written.size() == text.size(), "nothing of the text is passed over");
  const auto again = init::parse_manifest(written, "x");
  fuzz::demand(again && again->size() == entries->size(), "what was read can be written");
  return 0;
}
