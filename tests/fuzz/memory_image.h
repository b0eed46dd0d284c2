// SPDX-License-Identifier: Apache-2.0
// An image of one layer, all in memory, with the files that a target wants.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "memory_reader.h"
#include "oci/blob_store.h"
#include "oci/image.h"
#include "layer/tar_writer.h"
#include "oci/text_reader.h"
#include "target.h"

namespace kif::fuzz {

class MemoryStore final : public oci::BlobStore {
public:
  Digest put(std::string blob) {
    const Digest digest = Digest::of(blob);
    m_blobs.emplace(digest, std::make_shared<const std::string>(std::move(blob)));
    return digest;
  }
  Result<std::unique_ptr<Reader>> open(const oci::Descriptor& descriptor, const std::string& what) const override {
    const auto found = m_blobs.find(descriptor.digest);
    if (found == m_blobs.end())
      return fail(ErrorCode::not_found, "cannot read " + what + ": it is missing");
    return std::make_unique<oci::TextReader>(found->second);
  }

private:
  std::map<Digest, std::shared_ptr<const std::string>> m_blobs;
};

/// The layer's tar may be anything.
inline oci::Image image_of_tar(std::string tar, std::vector<std::string> environment = {}) {
  auto store = std::make_shared<MemoryStore>();
  const std::uint64_t size = tar.size();
  const Digest digest = store->put(std::move(tar));
  const oci::Descriptor layer{"application/vnd.oci.image.layer.v1.tar", digest, size};
  oci::Manifest manifest{"", layer, {{layer, oci::Compression::none}}, {}, {}}; // its configuration is not looked up
  oci::ImageConfig config;
  config.platform = {"linux", "amd64", ""};
  config.diff_ids = {digest};
  config.environment = std::move(environment);
  return oci::Image({oci::ImageName::parse("oci:x:y").value(),
                     std::move(manifest),
                     std::nullopt,
                     {},
                     nlohmann::json::object(),
                     std::move(config),
                     std::move(store)});
}

struct MemoryFile {
  std::string name;
  std::string content;
};

inline std::string tar_of(const std::vector<MemoryFile>& files) {
  std::string tar;
  oci::TarWriter writer([&tar](std::span<const std::byte> bytes) -> Result<void> {
    tar.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  });
  for (const MemoryFile& file : files)
    demand(writer.add_file({file.name}, file.content).has_value(), "a file in memory can be written");
  demand(writer.finish().has_value(), "an archive in memory can be ended");
  return tar;
}

} // namespace kif::fuzz
