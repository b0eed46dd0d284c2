// SPDX-License-Identifier: Apache-2.0
#include "image/target.h"

#include <algorithm>

#include "oci/choose.h"
#include "oci/layout_store.h"

namespace kif::image {
namespace {

bool is_named(const oci::Descriptor& entry, const oci::ImageName& name) {
  const auto tag = entry.annotations.find(std::string(oci::k_ref_name));
  return name.reference().empty() || (tag != entry.annotations.end() && tag->second == name.reference());
}

std::string index_digest(const oci::Index& layout, const oci::ImageName& name) {
  const auto found = std::find_if(layout.manifests.begin(), layout.manifests.end(),
                                  [&](const oci::Descriptor& entry) { return is_named(entry, name); });
  return found == layout.manifests.end() ? std::string() : found->digest.text();
}

// An image of another platform, or a broken one, has a tag too; so the index is read, not the image.
Result<bool> layout_has(const oci::ImageName& name) {
  std::error_code ignored;
  if (!std::filesystem::exists(name.path() / "index.json", ignored))
    return false;
  KIF_TRY(const auto layout, oci::open_layout_folder(name.path(), name.text()));
  KIF_TRY(const oci::Index index, layout->read_index());
  return std::any_of(index.manifests.begin(), index.manifests.end(),
                     [&](const oci::Descriptor& entry) { return is_named(entry, name); });
}

} // namespace

Result<Target> look_at_target(const oci::ImageName& name, const oci::Platform& platform) {
  Target target;
  if (name.transport() == oci::Transport::oci) {
    KIF_TRY(target.exists, layout_has(name));
  } else {
    std::error_code ignored;
    target.exists = std::filesystem::exists(std::filesystem::symlink_status(name.path(), ignored));
  }
  if (!target.exists)
    return target;
  if (auto image = oci::open_image(name, {.platform = platform}))
    target.image = *std::move(image);
  if (const auto platforms = oci::list_platforms(name))
    target.platforms = platforms->size();
  // The first index on the way is the layout's own index.json; the next is what the name stands for.
  if (target.image && target.image->indexes().size() > 1) {
    target.is_index = true;
    target.index_digest = index_digest(target.image->indexes().front(), name);
  }
  return target;
}

} // namespace kif::image
