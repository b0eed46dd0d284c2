// SPDX-License-Identifier: Apache-2.0
// Finding and choosing: tags, platforms, indexes, media types; and what is wrong with a manifest or configuration.
#include "oci/image.h"

#include <functional>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "oci/media_type.h"
#include "test_image.h"

namespace kif::oci {
namespace {

using nlohmann::json;

const std::string k_here = Platform::host().architecture;

class OpenImage : public testing::Test {
protected:
  std::string why_not(const std::string& name, const char* platform = nullptr) {
    OpenOptions options;
    if (platform != nullptr)
      options.platform = Platform::parse(platform).value();
    const auto image = open_image(m_scene.name(name), options);
    return image ? "opened " + image->platform().text() : m_scene.told(image.error());
  }
  TestLayout layout(const char* name = "x") { return TestLayout(m_scene.path(name)); }
  static json with_platform(json descriptor, const char* os, const char* architecture, const char* variant = "") {
    descriptor["platform"] = {{"os", os}, {"architecture", architecture}};
    if (*variant != '\0')
      descriptor["platform"]["variant"] = variant;
    return descriptor;
  }
  static json index_of(const std::vector<json>& entries) {
    return {{"schemaVersion", 2}, {"mediaType", k_oci_index}, {"manifests", entries}};
  }

  Scene m_scene;
  const std::string m_tar = tar_of({file("a")});
};

TEST_F(OpenImage, ATagIsFoundAmongOthers) {
  const TestLayout x = layout();
  json other = put_image(x, {m_tar, m_tar});
  other["annotations"] = {{"org.opencontainers.image.ref.name", "other"}};
  x.index({other, put_image(x, {m_tar})});
  EXPECT_EQ(open_image(m_scene.name("oci:DIR/x:t")).value().layer_count(), 1U);
  EXPECT_EQ(open_image(m_scene.name("oci:DIR/x:other")).value().layer_count(), 2U);
  EXPECT_EQ(why_not("oci:DIR/x:none"),
            "not_found: cannot open oci:DIR/x:none: it has no tag \"none\"\nhint: there are: other, t");
  EXPECT_EQ(why_not("oci:DIR/x"),
            "not_found: cannot open oci:DIR/x: it holds more than one image, name a tag\nhint: there are: other, t");
}

TEST_F(OpenImage, ALayoutWithOneImageNeedsNoTag) {
  make_image(m_scene.path("x"), {m_tar});
  EXPECT_EQ(why_not("oci:DIR/x"), "opened linux/" + k_here);
  layout("empty").index({});
  EXPECT_EQ(why_not("oci:DIR/empty"), "not_found: cannot open oci:DIR/empty: it holds no image");
}

TEST_F(OpenImage, WhatIsNoLayoutIsSaid) {
  std::filesystem::create_directory(m_scene.path("folder"));
  EXPECT_EQ(why_not("oci:DIR/none:t"), "not_found: cannot open oci:DIR/none:t: DIR/none does not exist");
  EXPECT_EQ(why_not("oci:DIR/folder:t"),
            "not_found: cannot open oci:DIR/folder:t: DIR/folder is not an OCI image layout");
  make_image(m_scene.path("x"), {m_tar});
  write_file(m_scene.path("x/oci-layout"), R"({"imageLayoutVersion":"2.0.0"})");
  EXPECT_EQ(
      why_not("oci:DIR/x:t"),
      "unsupported: cannot read oci-layout of oci:DIR/x:t: unknown imageLayoutVersion\nexpected: 1.0.0\ngot: 2.0.0");
}

TEST_F(OpenImage, AFifoInAFilesPlaceIsNotWaitedFor) {
  make_image(m_scene.path("x"), {m_tar});
  std::filesystem::remove(m_scene.path("x/index.json"));
  ASSERT_EQ(::mkfifo(m_scene.path("x/index.json").c_str(), 0600), 0);
  EXPECT_EQ(why_not("oci:DIR/x:t"),
            "invalid_input: cannot read index.json of oci:DIR/x:t: DIR/x/index.json is not a regular file");
}

TEST_F(OpenImage, ThePlatformIsChosenInAnIndexOfIndexes) {
  const TestLayout x = layout();
  const json inner =
      x.put_json(k_docker_index, index_of({with_platform(put_image(x, {m_tar}, "s390x"), "linux", "s390x"),
                                           with_platform(put_image(x, {m_tar}, "arm"), "linux", "arm", "v6")}));
  json fixed = inner;
  // Docker's manifest list inside OCI's index, with its own media type in the text.
  json list = index_of({with_platform(put_image(x, {m_tar}, "s390x"), "linux", "s390x")});
  list["mediaType"] = k_docker_index;
  fixed = x.put_json(k_docker_index, list);
  json attestation = with_platform(x.put(k_oci_manifest, "no manifest at all"), "unknown", "unknown");
  attestation["annotations"] = {{"vnd.docker.reference.type", "attestation-manifest"}};
  const json outer = x.put_json(
      k_oci_index, index_of({attestation, with_platform(put_image(x, {m_tar}, "arm64"), "linux", "arm64", "v8"), fixed,
                             with_platform(put_image(x, {m_tar}, "riscv64"), "linux", "riscv64")}));
  x.index({outer});
  EXPECT_EQ(why_not("oci:DIR/x:t", "linux/arm64"), "opened linux/arm64/v8");
  EXPECT_EQ(why_not("oci:DIR/x:t", "linux/s390x"), "opened linux/s390x");
  EXPECT_EQ(why_not("oci:DIR/x:t", "linux/ppc64le"),
            "not_found: cannot open oci:DIR/x:t: it has no image for linux/ppc64le\n"
            "hint: there are: linux/arm64/v8, linux/s390x, linux/riscv64");
  const Image image = open_image(m_scene.name("oci:DIR/x:t"), {Platform{"linux", "s390x", ""}}).value();
  ASSERT_EQ(image.indexes().size(), 3U);
  EXPECT_TRUE(is_attestation(image.indexes()[1].manifests[0])) << "attestations stay readable";
}

TEST_F(OpenImage, ThePlatformsThatAreThereAreListedOnce) {
  const TestLayout x = layout();
  const json arm = with_platform(put_image(x, {m_tar}, "arm64"), "linux", "arm64", "v8");
  json attestation = with_platform(x.put(k_oci_manifest, "no manifest at all"), "unknown", "unknown");
  attestation["annotations"] = {{"vnd.docker.reference.type", "attestation-manifest"}};
  x.index({x.put_json(k_oci_index, index_of({arm, attestation, arm, put_image(x, {m_tar}, "s390x")}))});
  EXPECT_EQ(list_platforms(m_scene.name("oci:DIR/x:t")).value(),
            (std::vector<Platform>{{"linux", "arm64", "v8"}, {"linux", "s390x", ""}}));
  EXPECT_EQ(m_scene.told(list_platforms(m_scene.name("oci:DIR/x:none")).error()),
            "not_found: cannot open oci:DIR/x:none: it has no tag \"none\"\nhint: there are: t");
  const TestLayout empty = layout("empty");
  empty.index({empty.put_json(k_oci_index, index_of({attestation}))});
  EXPECT_EQ(m_scene.told(list_platforms(m_scene.name("oci:DIR/empty:t")).error()),
            "unsupported: cannot open oci:DIR/empty:t: it is no image");
}

TEST_F(OpenImage, AnExactVariantGoesBeforeOneThatWillDo) {
  const TestLayout x = layout();
  x.index({x.put_json(k_oci_index,
                      index_of({with_platform(put_image(x, {m_tar}, "amd64"), "linux", "amd64"),
                                with_platform(put_image(x, {m_tar, m_tar}, "amd64"), "linux", "amd64", "v3")}))});
  EXPECT_EQ(open_image(m_scene.name("oci:DIR/x:t"), {Platform{"linux", "amd64", "v3"}}).value().layer_count(), 2U);
  EXPECT_EQ(open_image(m_scene.name("oci:DIR/x:t"), {Platform{"linux", "amd64", ""}}).value().layer_count(), 1U);
}

TEST_F(OpenImage, AnImageForAnotherPlatformIsNotTakenForThisOne) {
  const TestLayout x = layout();
  x.index({put_image(x, {m_tar}, "s390x")});
  EXPECT_EQ(why_not("oci:DIR/x:t", "linux/arm64"),
            "not_found: cannot open oci:DIR/x:t: it has no image for linux/arm64\nhint: there are: linux/s390x");
  EXPECT_EQ(why_not("oci:DIR/x:t", "linux/s390x"), "opened linux/s390x");
  const TestLayout lying = layout("lying");
  lying.index(
      {lying.put_json(k_oci_index, index_of({with_platform(put_image(lying, {m_tar}, "s390x"), "linux", "arm64")}))});
  EXPECT_EQ(
      why_not("oci:DIR/lying:t", "linux/arm64"),
      "invalid_input: cannot open oci:DIR/lying:t: its configuration is for another platform than its index says\n"
      "expected: linux/arm64\ngot: linux/s390x");
}

TEST_F(OpenImage, IndexesAreFollowedSoFarAndNoFarther) {
  const TestLayout x = layout();
  json top = put_image(x, {m_tar});
  for (int i = 0; i < 3; ++i)
    top = x.put_json(k_oci_index, index_of({top}));
  x.index({top});
  EXPECT_EQ(why_not("oci:DIR/x:t"), "opened linux/" + k_here);
  x.index({x.put_json(k_oci_index, index_of({top}))});
  EXPECT_EQ(why_not("oci:DIR/x:t"), "too_large: cannot open oci:DIR/x:t: indexes nested deeper than 4");
  const TestLayout wide = layout("wide");
  std::vector<json> entries;
  for (int i = 0; i < 65; ++i)
    entries.push_back(put_image(wide, {m_tar}, "m" + std::to_string(i)));
  wide.index({wide.put_json(k_oci_index, index_of(entries))});
  EXPECT_EQ(why_not("oci:DIR/wide:t"),
            "too_large: cannot open oci:DIR/wide:t: more than 64 manifests and indexes to read");
  // An entry that names its platform costs no reading, but whoever works on each platform.
  const TestLayout many = layout("many");
  entries.clear();
  for (int i = 0; i < 65; ++i)
    entries.push_back(with_platform(put_image(many, {m_tar}), "linux", "amd64", ("a" + std::to_string(i)).c_str()));
  many.index({many.put_json(k_oci_index, index_of(entries))});
  EXPECT_EQ(m_scene.told(list_platforms(m_scene.name("oci:DIR/many:t")).error()),
            "too_large: cannot open oci:DIR/many:t: it has more than 64 manifests");
}

TEST_F(OpenImage, DockersManifestIsReadToo) {
  const TestLayout x = layout();
  x.index({x.put_json(k_docker_manifest, {{"schemaVersion", 2},
                                          {"mediaType", k_docker_manifest},
                                          {"config", x.put_json(k_docker_config, config_of({m_tar, m_tar, m_tar}))},
                                          {"layers",
                                           {x.put(k_docker_layer_gzip, gzip_of(m_tar)), x.put(k_docker_layer, m_tar),
                                            x.put(k_docker_layer_zstd, zstd_of(m_tar))}}})});
  const auto image = open_image(m_scene.name("oci:DIR/x:t"));
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->manifest().media_type, k_docker_manifest);
  EXPECT_EQ(image->config().command, std::vector<std::string>{"/bin/sh"});
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(read_to_end(*image->open_layer(i).value(), 1U << 20U, "x").value(), m_tar) << i;
}

struct BadManifest {
  const char* what;
  std::function<void(json& manifest, json& config)> spoil;
  const char* told;
};

TEST_F(OpenImage, WhatIsWrongWithAManifestIsSaid) {
  const json some_layer = {{"mediaType", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"},
                           {"digest", "sha256:" + std::string(64, '0')},
                           {"size", 1}};
  const BadManifest cases[] = {
      {"unknown layer type", [&](json& m, json&) { m["layers"][0]["mediaType"] = "application/x-layer"; },
       "unsupported: cannot read the manifest of oci:DIR/x:t: layers[0].mediaType is application/x-layer, which is no "
       "layer "
       "that kif knows\nhint: known are tar, tar+gzip and tar+zstd, under OCI's and Docker's names"},
      {"foreign layer", [&](json& m, json&) { m["layers"].push_back(some_layer); },
       "unsupported: cannot read the manifest of oci:DIR/x:t: layers[1].mediaType is "
       "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip, a foreign layer, whose content is not part of the "
       "image"},
      {"no image", [&](json& m, json&) { m["config"]["mediaType"] = "application/vnd.cncf.helm.config.v1+json"; },
       "unsupported: cannot read the manifest of oci:DIR/x:t: config.mediaType is "
       "application/vnd.cncf.helm.config.v1+json, "
       "so it is not an image that can be run"},
      {"other media type", [&](json& m, json&) { m["mediaType"] = k_docker_manifest; },
       "invalid_input: cannot read the manifest of oci:DIR/x:t: its media type is not its descriptor's\n"
       "expected: application/vnd.oci.image.manifest.v1+json\n"
       "got: application/vnd.docker.distribution.manifest.v2+json"},
      {"index and manifest", [&](json& m, json&) { m["manifests"] = json::array(); },
       "invalid_input: cannot read the manifest of oci:DIR/x:t: it has both \"manifests\" and \"config\", so it could "
       "be an "
       "index or a manifest"},
      {"schema 1", [&](json& m, json&) { m["schemaVersion"] = 1; },
       "unsupported: cannot read the manifest of oci:DIR/x:t: Docker's schema 1 is not supported\n"
       "hint: copy it first: skopeo copy --format oci … oci:DIR:TAG"},
      {"no config", [&](json& m, json&) { m.erase("config"); },
       "invalid_input: cannot read the manifest of oci:DIR/x:t: config is missing"},
      {"layers no list", [&](json& m, json&) { m["layers"] = "none"; },
       "invalid_input: cannot read the manifest of oci:DIR/x:t: layers is a string, not an array"},
      {"negative size", [&](json& m, json&) { m["layers"][0]["size"] = -1; },
       "invalid_input: cannot read the manifest of oci:DIR/x:t: layers[0].size is negative"},
      {"other digest", [&](json& m, json&) { m["layers"][0]["digest"] = "sha512:00"; },
       "invalid_input: cannot read the manifest of oci:DIR/x:t: layers[0].digest: not a digest that kif knows\n"
       "expected: sha256: and 64 lower-case hex digits\ngot: sha512:00"},
      {"oversized config", [&](json& m, json&) { m["config"]["size"] = 5'000'000; },
       "too_large: cannot read the configuration of oci:DIR/x:t: its 5000000 bytes are over the bound of 4194304"},
      {"too few diff_ids", [&](json&, json& c) { c["rootfs"]["diff_ids"] = json::array(); },
       "invalid_input: cannot open oci:DIR/x:t: its manifest and its configuration disagree\n"
       "expected: 1 diff_ids, one for each layer\ngot: 0"},
      {"no rootfs", [&](json&, json& c) { c.erase("rootfs"); },
       "invalid_input: cannot read the configuration of oci:DIR/x:t: rootfs is missing"},
      {"bad diff_id", [&](json&, json& c) { c["rootfs"]["diff_ids"][0] = "x"; },
       "invalid_input: cannot read the configuration of oci:DIR/x:t: rootfs.diff_ids[0]: not a digest that kif knows\n"
       "expected: sha256: and 64 lower-case hex digits\ngot: x"},
      {"environment no list", [&](json&, json& c) { c["config"]["Env"] = "A=b"; },
       "invalid_input: cannot read the configuration of oci:DIR/x:t: config.Env is a string, not an array"},
      {"no platform", [&](json&, json& c) { c.erase("architecture"); },
       "invalid_input: cannot read the configuration of oci:DIR/x:t: architecture is missing"},
  };
  for (const BadManifest& bad : cases) {
    std::filesystem::remove_all(m_scene.path("x"));
    const TestLayout x = layout();
    json config = config_of({m_tar});
    json manifest = {{"schemaVersion", 2}, {"layers", {x.put(k_oci_layer_gzip, gzip_of(m_tar))}}};
    json ignored = json::object();
    bad.spoil(ignored, config);
    manifest["config"] = x.put_json(k_oci_config, config);
    config = json::object({{"rootfs", json::object({{"diff_ids", json::array({""})}})}, {"config", json::object()}});
    bad.spoil(manifest, config);
    x.index({x.put_json(k_oci_manifest, manifest)});
    EXPECT_EQ(why_not("oci:DIR/x:t"), bad.told) << bad.what;
  }
}

TEST_F(OpenImage, BlobsOfTheWrongSizeOrDigestAreNotBelieved) {
  const TestLayout x = layout();
  const json manifest = put_image(x, {m_tar});
  const auto path = x.blob_path(manifest);
  const std::string good = read_file(path, 10'000).value();
  x.index({manifest});
  const std::string digest = manifest["digest"];

  std::string flipped = good;
  flipped[good.size() / 2] ^= 1;
  write_file(path, flipped);
  EXPECT_EQ(why_not("oci:DIR/x:t"),
            "digest_mismatch: cannot verify the manifest of oci:DIR/x:t: digest mismatch\nexpected: " + digest +
                "\ngot: " + Digest::of(flipped).text());
  write_file(path, good + " ");
  EXPECT_EQ(why_not("oci:DIR/x:t"),
            "digest_mismatch: cannot verify the manifest of oci:DIR/x:t: size mismatch\nexpected: " +
                std::to_string(good.size()) + " bytes\ngot: more");
  write_file(path, good.substr(1));
  EXPECT_EQ(why_not("oci:DIR/x:t"),
            "digest_mismatch: cannot verify the manifest of oci:DIR/x:t: size mismatch\nexpected: " +
                std::to_string(good.size()) + " bytes\ngot: " + std::to_string(good.size() - 1) + " bytes");
  std::filesystem::remove(path);
  EXPECT_EQ(why_not("oci:DIR/x:t"),
            "not_found: cannot read the manifest of oci:DIR/x:t: blob " + digest + " is missing");
}

TEST_F(OpenImage, AnOversizedIndexIsRefused) {
  make_image(m_scene.path("x"), {m_tar});
  write_file(m_scene.path("x/index.json"), std::string(4 * 1024 * 1024 + 1, ' '));
  EXPECT_EQ(why_not("oci:DIR/x:t"),
            "too_large: cannot read index.json of oci:DIR/x:t: larger than the bound of 4194304 bytes");
}

} // namespace
} // namespace kif::oci
