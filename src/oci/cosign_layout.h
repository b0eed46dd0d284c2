// SPDX-License-Identifier: Apache-2.0
// How `cosign save` marks the entries of a layout's index.json (cosign, pkg/oci/layout): there are no tags in it that
// would say what belongs to what.
#pragma once

#include <string>
#include <string_view>

#include "oci/descriptor.h"

namespace kif::oci {

inline constexpr std::string_view k_cosign_kind = "kind";
inline constexpr std::string_view k_cosign_prefix = "dev.cosignproject.cosign/";

/// "image", "imageIndex", "sigs", "atts", "sboms"; empty for an entry that cosign did not mark.
inline std::string_view cosign_kind(const Descriptor& entry) {
  const auto kind = entry.annotations.find(std::string(k_cosign_kind));
  if (kind == entry.annotations.end() || !kind->second.starts_with(k_cosign_prefix))
    return {};
  return std::string_view(kind->second).substr(k_cosign_prefix.size());
}

inline bool is_cosign_image(const Descriptor& entry) {
  return cosign_kind(entry) == "image" || cosign_kind(entry) == "imageIndex";
}

/// Something that belongs to the image beside it.
inline bool is_cosign_attachment(const Descriptor& entry) {
  return !cosign_kind(entry).empty() && !is_cosign_image(entry);
}

} // namespace kif::oci
