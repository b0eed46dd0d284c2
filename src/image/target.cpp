// SPDX-License-Identifier: Apache-2.0
#include "image/target.h"

#include <algorithm>

#include "base/output_file.h"
#include "oci/choose.h"
#include "oci/layout_store.h"

namespace kif::image {
namespace {

bool is_named(const oci::Descriptor& entry, const oci::ImageName& name) {
  const auto tag = entry.annotations.find(std::string(oci::k_ref_name));
  return name.reference().empty() || (tag != entry.annotations.end() && tag->second == name.reference());
}

} // namespace

Result<Target> Target::look_at(const oci::ImageName& name) {
  Target target;
  std::error_code ignored;
  if (name.transport() != oci::Transport::oci) {
    // A pipe or a device holds no image: it is not read, and what is written to it replaces nothing.
    target.m_exists = !is_special_output(name.path()) && std::filesystem::exists(name.path(), ignored);
    if (!target.m_exists)
      return target;
    if (auto source = oci::Source::open(name))
      target.m_source = *std::move(source);
    return target;
  }
  if (!std::filesystem::exists(name.path() / "index.json", ignored))
    return target;
  KIF_TRY(const auto layout, oci::open_layout_folder(name.path(), name.text()));
  // An image of another platform, or a broken one, has a tag too; so it is index.json that counts, not the image.
  const auto& entries = layout->index()->manifests;
  target.m_exists =
      std::any_of(entries.begin(), entries.end(), [&](const oci::Descriptor& entry) { return is_named(entry, name); });
  if (auto source = oci::Source::in_layout(name, layout))
    target.m_source = *std::move(source);
  return target;
}

std::size_t Target::platform_count() const {
  const auto contents = m_source ? m_source->contents() : Result<oci::Contents>(oci::Contents{});
  return contents ? contents->platforms.size() : 0;
}

std::optional<oci::Image> Target::image(const oci::Platform& platform) {
  if (!m_source)
    return std::nullopt;
  auto image = m_source->image(platform);
  return image ? std::optional(*std::move(image)) : std::nullopt;
}

const oci::Index* index_of(const oci::Image& image) noexcept {
  const oci::IndexPath& indexes = image.indexes(); // the first is the layout's index.json
  return indexes.size() > 1 ? indexes[1].get() : nullptr;
}

} // namespace kif::image
