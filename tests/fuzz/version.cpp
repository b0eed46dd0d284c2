// SPDX-License-Identifier: Apache-2.0
// Three versions, one a line, of the kind KIF_FUZZ_VERSION: their order is total.
#include <compare>
#include <vector>

#include "sbom/version/apk_version.h"
#include "sbom/version/deb_version.h"
#include "sbom/version/rpm_version.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  using Version = sbom::KIF_FUZZ_VERSION;
  std::vector<Version> versions;
  for (const std::string_view text : fuzz::cut(fuzz::text_of(data, size), 3)) {
    const auto version = Version::parse(text);
    fuzz::demand_good_error(version);
    if (!version)
      continue;
    fuzz::demand(version->text() == text, "a version keeps its text");
    versions.push_back(*version);
  }
  for (const Version& a : versions) {
    fuzz::demand(a == a, "a version equals itself");
    for (const Version& b : versions) {
      fuzz::demand(std::is_lt(a <=> b) == std::is_gt(b <=> a), "of two versions one is less, or both are equal");
      fuzz::demand((a == b) == std::is_eq(b <=> a), "equality is that of the order");
      for (const Version& c : versions) {
        fuzz::demand(!(a < b && b < c) || a < c, "less is transitive");
        fuzz::demand(!(a == b && b == c) || a == c, "equality is transitive");
        fuzz::demand(!(a == b) || ((a <=> c) == (b <=> c)), "equal versions stand the same to a third");
      }
    }
  }
  return 0;
}
