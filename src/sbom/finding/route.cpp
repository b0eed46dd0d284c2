// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>

#include "sbom/finding/find.h"

namespace kif::sbom {
namespace {

struct Names {
  std::string_view stable;
  std::string_view spoken;
};
constexpr std::array<Names, 8> k_names = {{
    {"cosign-sbom-tag", "tag sha256-….sbom"},
    {"cosign-attestation-tag", "tag sha256-….att"},
    {"referrers-api", "referrers"},
    {"referrers-tag", "tag sha256-…"},
    {"buildkit", "BuildKit's attestations"},
    {"layout", "the layout's referrers"},
    {"root-file-system", "the image's files"},
    {"file", "the file itself"},
}};

} // namespace

std::string_view to_string(Route route) noexcept {
  return k_names.at(static_cast<std::size_t>(route)).stable;
}

std::string_view describe(Route route) noexcept {
  return k_names.at(static_cast<std::size_t>(route)).spoken;
}

} // namespace kif::sbom
