// SPDX-License-Identifier: Apache-2.0
// Makes small images for tests: layers of chosen files in an OCI layout of one tag.
#pragma once

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "digest/digest.h"
#include "elf/elf_builder.h"
#include "layer/tar_writer.h"
#include "oci/source.h"
#include "oci/write_image.h"

namespace kif::image {

struct TestFile {
  std::string path; ///< relative; a folder's ends in a slash
  std::string content = {};
  std::uint32_t mode = 0644;
  std::string link = {}; ///< not empty: a symbolic link to it
};

inline void must(const Result<void>& result) {
  if (!result)
    throw std::runtime_error(result.error().message);
}

class ImageBuilder {
public:
  nlohmann::json config = {{"os", "linux"}, {"architecture", "amd64"}, {"config", {{"Cmd", {"/bin/app"}}}}};
  std::vector<std::vector<TestFile>> layers;

  /// Writes the layout `folder` with one image under `tag`, and opens it.
  oci::Image build(const std::filesystem::path& folder, const std::string& tag) const {
    std::filesystem::create_directories(folder / "blobs/sha256");
    nlohmann::json full = config;
    full["rootfs"] = {{"type", "layers"}, {"diff_ids", nlohmann::json::array()}};
    nlohmann::json blobs = nlohmann::json::array();
    for (const auto& files : layers) {
      const std::string tar = make_tar(files);
      full["rootfs"]["diff_ids"].push_back(Digest::of(tar).text());
      blobs.push_back(put(folder, tar, "application/vnd.oci.image.layer.v1.tar"));
    }
    const nlohmann::json manifest = {{"schemaVersion", 2},
                                     {"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                                     {"config", put(folder, full.dump(), "application/vnd.oci.image.config.v1+json")},
                                     {"layers", blobs}};
    nlohmann::json entry = put(folder, manifest.dump(), "application/vnd.oci.image.manifest.v1+json");
    entry["annotations"] = {{"org.opencontainers.image.ref.name", tag}};
    write(folder / "index.json", nlohmann::json{{"schemaVersion", 2}, {"manifests", {entry}}}.dump());
    write(folder / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
    return oci::open_image(oci::ImageName::parse("oci:" + folder.string() + ":" + tag).value(),
                           {.platform = oci::Platform{"linux", config.value("architecture", ""), ""}})
        .value();
  }

  static std::string make_tar(const std::vector<TestFile>& files) {
    std::string bytes;
    oci::TarWriter tar([&](std::span<const std::byte> part) -> Result<void> {
      bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
      return {};
    });
    for (const TestFile& file : files) {
      oci::TarAttributes attributes{.name = file.path, .mode = file.mode};
      if (!file.link.empty())
        must(tar.add_symlink(attributes, file.link));
      else if (file.path.ends_with('/'))
        must(tar.add_directory(attributes));
      else
        must(tar.add_file(attributes, file.content));
    }
    must(tar.finish());
    return bytes;
  }

private:
  static void write(const std::filesystem::path& path, const std::string& content) {
    AtomicFile file = AtomicFile::create(path).value();
    must(file.write(content));
    must(file.commit());
  }

  static nlohmann::json put(const std::filesystem::path& folder, const std::string& content, const char* media_type) {
    const Digest digest = Digest::of(content);
    write(folder / "blobs/sha256" / digest.hex(), content);
    return {{"mediaType", media_type}, {"digest", digest.text()}, {"size", content.size()}};
  }
};

// What inspect() takes for a libc and a libcrypto.
inline std::string fake_libc(const std::string& version = "2.36") {
  return elf::build_elf({.soname = "libc.so.6", .definitions = {"GLIBC_2.2.5", "GLIBC_" + version}});
}

inline std::string fake_libcrypto(const std::string& version = "3.0.15") {
  return elf::build_elf({.soname = "libcrypto.so." + version.substr(0, 1),
                         .needed = {"libc.so.6"},
                         .text = "OpenSSL " + version + " 3 Sep 2024"});
}

// The smallest image that can be hardened.
inline std::vector<TestFile> fake_system() {
  return {{"usr/", "", 0755},
          {"usr/lib/", "", 0755},
          {"lib", "", 0777, "usr/lib"},
          {"usr/lib/libc.so.6", fake_libc()},
          {"usr/lib/libcrypto.so.3", fake_libcrypto()}};
}

} // namespace kif::image
