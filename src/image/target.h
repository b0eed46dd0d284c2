// SPDX-License-Identifier: Apache-2.0
// What is under the name that an image is to be written to.
#pragma once

#include <cstddef>
#include <optional>

#include "base/result.h"
#include "oci/image.h"
#include "oci/image_name.h"
#include "oci/platform.h"
#include "oci/source.h"

namespace kif::image {

/// Opened once. What exists but cannot be read is there all the same.
class Target {
public:
  /// An archive exists where its file does: writing replaces it whole. In a layout it is the tag that exists or not;
  /// without a tag, any image in it.
  static Result<Target> look_at(const oci::ImageName& name);

  /// Something would be replaced.
  bool exists() const noexcept { return m_exists; }
  /// How many platforms are there; 0 where that cannot be read.
  std::size_t platform_count() const;
  /// The image of that platform, where it can be read.
  std::optional<oci::Image> image(const oci::Platform& platform);

private:
  bool m_exists = false;
  std::optional<oci::Source> m_source;
};

/// The index that an image was found in; null: it is not in one. index.json of a layout is not meant.
const oci::Index* index_of(const oci::Image& image) noexcept;

} // namespace kif::image
