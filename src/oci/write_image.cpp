// SPDX-License-Identifier: Apache-2.0
#include "oci/write_image.h"

#include "base/file.h"
#include "oci/image_plan.h"
#include "oci/image_target.h"
#include "oci/json.h"
#include "oci/media_type.h"

namespace kif::oci {
namespace {

Result<void> write_layout(const ImageName& target, const Descriptor& top, const std::vector<PlannedBlob>& blobs) {
  const auto write = target.transport() == Transport::oci ? write_layout_folder : write_layout_archive;
  return write(target.path(), target.reference(), top, blobs);
}

void add_blobs(const ImagePlan& plan, std::vector<PlannedBlob>& blobs) {
  blobs.insert(blobs.end(), plan.layers.begin(), plan.layers.end());
  blobs.push_back(plan.config);
  blobs.push_back(plan.manifest);
}

Error cannot_write(Error error, const ImageName& target) {
  return std::move(error).with_context("cannot write " + target.text());
}

WrittenImage describe(const ImagePlan& plan) {
  WrittenImage written{plan.manifest.descriptor, plan.config.descriptor, {}};
  for (const PlannedBlob& layer : plan.layers)
    written.layers.push_back(layer.descriptor);
  return written;
}

} // namespace

Result<void> check_can_write(const ImageName& target) {
  if (target.transport() == Transport::docker)
    return fail(Error(ErrorCode::unsupported,
                      "cannot write " + target.text() + ": pushing to a registry is not supported yet")
                    .with_hint("write oci:DIR:TAG, then: skopeo copy --all oci:DIR:TAG " + target.text()));
  return {};
}

Result<WrittenImage> write_image(const Image& base, const Edit& edit, const ImageName& target) {
  KIF_CHECK(check_can_write(target));
  KIF_TRY(const TempDir scratch, TempDir::create("kif-layers-"));
  KIF_TRY(const ImagePlan plan, plan_image(base, edit, scratch.path()));
  Result<void> done;
  if (target.transport() == Transport::docker_archive) {
    done = write_docker_archive(target.path(), target.reference(), plan);
  } else {
    std::vector<PlannedBlob> blobs;
    add_blobs(plan, blobs);
    done = write_layout(target, plan.manifest.descriptor, blobs);
  }
  if (!done)
    return fail(cannot_write(std::move(done).error(), target));
  return describe(plan);
}

Result<WrittenIndex> write_index(std::span<const PlatformImage> images, const ImageName& target) {
  KIF_CHECK(check_can_write(target));
  if (target.transport() == Transport::docker_archive)
    return fail(ErrorCode::unsupported, "cannot write " + target.text() + ": a docker-archive holds one platform only");
  KIF_TRY(const TempDir scratch, TempDir::create("kif-layers-"));
  std::vector<PlannedBlob> blobs;
  std::vector<WrittenImage> written;
  nlohmann::json index = {{"schemaVersion", 2}, {"mediaType", k_oci_index}, {"manifests", nlohmann::json::array()}};
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::filesystem::path folder = scratch.path() / std::to_string(i);
    std::error_code error;
    if (!std::filesystem::create_directory(folder, error))
      return fail(system_error(error.value(), "cannot make " + folder.string()));
    KIF_TRY(const ImagePlan plan, plan_image(images[i].base, images[i].edit, folder));
    Descriptor entry = plan.manifest.descriptor;
    entry.platform = images[i].base.platform();
    index["manifests"].push_back(entry.to_json());
    add_blobs(plan, blobs);
    written.push_back(describe(plan));
  }
  KIF_TRY(std::string text, write_json(index, "the new index"));
  const PlannedBlob top = text_blob(std::string(k_oci_index), std::move(text));
  blobs.push_back(top);
  if (auto done = write_layout(target, top.descriptor, blobs); !done)
    return fail(cannot_write(std::move(done).error(), target));
  return WrittenIndex{top.descriptor, std::move(written)};
}

} // namespace kif::oci
