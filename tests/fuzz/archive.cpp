// SPDX-License-Identifier: Apache-2.0
// Images in one file: docker-archive and oci-archive. The first byte says what the rest is: the whole file, or
// manifest.json and index.json of an archive with one good layer and configuration.
#include <algorithm>
#include <string>

#include <sys/mman.h>

#include "base/file.h"
#include "memory_image.h"
#include "oci/docker_archive.h"
#include "oci/layout_store.h"

namespace {

using namespace kif;

constexpr std::string_view k_config = R"({"os":"linux","architecture":"amd64","config":{},"rootfs":{"type":"layers",)"
                                      R"("diff_ids":["sha256:)"
                                      "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
                                      R"("]}})"; // of 1024 zeros

std::string archive_of(std::string_view document) {
  return fuzz::tar_of({{"manifest.json", std::string(document)},
                       {"index.json", std::string(document)},
                       {"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"},
                       {"config.json", std::string(k_config)},
                       {"layer.tar", std::string(1024, '\0')}});
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const std::string_view text = fuzz::text_of(data, size).substr(1);
  const std::string content = data[0] == 'f' ? std::string(text) : archive_of(text);
  const UniqueFd file(::memfd_create("archive", MFD_CLOEXEC));
  fuzz::demand(file && write_all(file.get(), std::as_bytes(std::span(content)), "x").has_value(), "a file in memory");
  const std::string path = "/proc/self/fd/" + std::to_string(file.get());

  const auto docker = oci::open_docker_archive(oci::ImageName::parse("docker-archive:" + path).value());
  fuzz::demand_good_error(docker);
  if (docker) {
    const auto& loaded = docker->loaded;
    fuzz::demand(loaded.manifest.layers.size() == loaded.config.diff_ids.size(), "as many layers as diff_ids");
    for (const oci::Layer& layer : loaded.manifest.layers) {
      const auto blob = docker->store->open(layer.descriptor, "x");
      fuzz::demand(blob.has_value(), "a layer that was found can be opened");
      const fuzz::Stream stream = fuzz::read_stream(**blob, 1024 * 1024);
      fuzz::demand(stream.is_whole && stream.content.size() == layer.descriptor.size,
                   "a layer has the size that it says");
    }
  }
  const auto layout = oci::open_layout_archive(path, "x");
  fuzz::demand_good_error(layout);
  if (layout) {
    const auto& index = (*layout)->index();
    fuzz::demand_good_error((*layout)->find_tag("latest"));
    if (index)
      for (const oci::Descriptor& entry : index->manifests)
        fuzz::demand_good_error(oci::read_json_blob(**layout, entry, "x"));
  }
  return 0;
}
