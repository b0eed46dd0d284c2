// SPDX-License-Identifier: Apache-2.0
// The three places where a planned image can go. Each shows the whole image under its name, or after an error what was
// there before.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/image_plan.h"

namespace kif::oci {

/// `top` is the manifest or index that the tag stands for; it is among `blobs`. `platform` and annotations of `top` go
/// to index.json.
Result<void> write_layout_folder(const std::filesystem::path& folder, const std::string& tag, const Descriptor& top,
                                 const std::vector<PlannedBlob>& blobs);
Result<void> write_layout_archive(const std::filesystem::path& file, const std::string& tag, const Descriptor& top,
                                  const std::vector<PlannedBlob>& blobs);
Result<void> write_docker_archive(const std::filesystem::path& file, const std::string& reference,
                                  const ImagePlan& plan);

/// `index`, as it was read from index.json or null for a new one, with `top` as the entry of `tag` (empty: the one
/// without a tag).
nlohmann::json with_entry(nlohmann::json index, const std::string& tag, const Descriptor& top);

} // namespace kif::oci
