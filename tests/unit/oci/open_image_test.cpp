// SPDX-License-Identifier: Apache-2.0
// Finding and choosing: tags, platforms, indexes, media types; and what is wrong with a manifest or configuration.
#include "oci/source.h"

#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "oci/blob_store.h"
#include "oci/choose.h"
#include "oci/layout_store.h"
#include "oci/media_type.h"
#include "oci/repository.h"
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
  Result<Contents> contents(const std::string& name) {
    KIF_TRY(const Source source, Source::open(m_scene.name(name)));
    return source.contents();
  }
  Result<std::vector<Platform>> platforms(const std::string& name) {
    KIF_TRY(Contents there, contents(name));
    return std::move(there.platforms);
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

// A tag that moves while kif works would make an image of two versions.
TEST_F(OpenImage, ASourceIsOfOneVersion) {
  const TestLayout x = layout();
  const json old_arm = with_platform(put_image(x, {m_tar}, "arm64"), "linux", "arm64");
  const json old_other = put_image(x, {m_tar}, "s390x"); // its platform is read from its configuration
  x.index({x.put_json(k_oci_index, index_of({old_arm, old_other}))});
  Source source = Source::open(m_scene.name("oci:DIR/x:t")).value();
  const TestLayout moved = layout();
  moved.index(
      {moved.put_json(k_oci_index, index_of({with_platform(put_image(moved, {m_tar, m_tar}, "arm64"), "linux", "arm64"),
                                             put_image(moved, {m_tar, m_tar}, "riscv64")}))});
  EXPECT_EQ(source.contents()->platforms, (std::vector<Platform>{{"linux", "arm64", ""}, {"linux", "s390x", ""}}));
  for (const char* architecture : {"arm64", "s390x", "arm64"}) { // one may be asked for twice
    const Image image = source.image(Platform{"linux", architecture, ""}).value();
    EXPECT_EQ(image.layer_count(), 1U) << architecture;
    EXPECT_EQ(image.repository()->find_tag("t").value()->digest, image.indexes()[1]->descriptor->digest);
  }
  EXPECT_EQ(source.image(Platform{"linux", "riscv64", ""}).error().hint, "there are: linux/arm64, linux/s390x");
}

namespace {

/// Counts how often each blob is opened.
class CountingStore final : public BlobStore {
public:
  explicit CountingStore(std::shared_ptr<const BlobStore> inner) : m_inner(std::move(inner)) {}
  Result<std::unique_ptr<Reader>> open(const Descriptor& descriptor, const std::string& what) const override {
    ++m_opened[descriptor.digest];
    return m_inner->open(descriptor, what);
  }
  std::map<Digest, int> take() { return std::exchange(m_opened, {}); }

private:
  std::shared_ptr<const BlobStore> m_inner;
  mutable std::map<Digest, int> m_opened;
};

} // namespace

TEST_F(OpenImage, EachManifestAndConfigurationIsReadOnce) {
  const TestLayout x = layout();
  std::vector<json> entries;
  for (const char* architecture : {"arm64", "s390x", "riscv64", "ppc64le"})
    entries.push_back(put_image(x, {m_tar}, architecture)); // none names its platform
  entries.push_back(with_platform(put_image(x, {m_tar}, "amd64"), "linux", "amd64"));
  x.index({x.put_json(k_oci_index, index_of(entries))});
  const auto layout_store = open_layout_folder(m_scene.path("x"), "it").value();
  const auto store = std::make_shared<CountingStore>(layout_store);
  Choices choices = Choices::below(store, layout_store->find_tag("t").value().value(), "it").value();
  const Contents there = choices.contents().value();
  for (const Platform& platform : there.platforms)
    EXPECT_TRUE(choices.choose(platform)) << platform.text();
  const auto opened = store->take();
  EXPECT_EQ(opened.size(), 1U + 2 * 5U) << "the index, the manifests, their configurations";
  for (const auto& [digest, times] : opened)
    EXPECT_EQ(times, 1) << digest.text();
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
  EXPECT_TRUE(is_attestation(image.indexes()[1]->manifests[0])) << "attestations stay readable";
}

TEST_F(OpenImage, ThePlatformsThatAreThereAreListedOnce) {
  const TestLayout x = layout();
  const json arm = with_platform(put_image(x, {m_tar}, "arm64"), "linux", "arm64", "v8");
  json attestation = with_platform(x.put(k_oci_manifest, "no manifest at all"), "unknown", "unknown");
  attestation["annotations"] = {{"vnd.docker.reference.type", "attestation-manifest"}};
  x.index({x.put_json(k_oci_index, index_of({arm, attestation, arm, put_image(x, {m_tar}, "s390x")}))});
  EXPECT_EQ(platforms("oci:DIR/x:t").value(),
            (std::vector<Platform>{{"linux", "arm64", "v8"}, {"linux", "s390x", ""}}));
  EXPECT_EQ(m_scene.told(platforms("oci:DIR/x:none").error()),
            "not_found: cannot open oci:DIR/x:none: it has no tag \"none\"\nhint: there are: t");
  const TestLayout empty = layout("empty");
  empty.index({empty.put_json(k_oci_index, index_of({attestation}))});
  EXPECT_EQ(m_scene.told(platforms("oci:DIR/empty:t").error()),
            "unsupported: cannot open oci:DIR/empty:t: it is not an image");
}

// ORAS, cosign and BuildKit put artifacts beside images, most of them without a platform.
TEST_F(OpenImage, WhatIsNotAnImageIsPassedOverWhereverItStands) {
  const TestLayout x = layout();
  const json image = with_platform(put_image(x, {m_tar}, "s390x"), "linux", "s390x");
  json plain = image;
  plain.erase("platform");
  const json empty = x.put("application/vnd.oci.empty.v1+json", "{}");
  const json artifact = x.put_json(k_oci_manifest, {{"schemaVersion", 2},
                                                    {"mediaType", k_oci_manifest},
                                                    {"artifactType", "application/vnd.example"},
                                                    {"config", empty},
                                                    {"layers", {empty}}});
  // A signature of cosign's: the configuration of an image, and a layer that is none.
  const json signature =
      x.put_json(k_oci_manifest, {{"schemaVersion", 2},
                                  {"config", x.put_json(k_oci_config, config_of({m_tar}))},
                                  {"layers", {x.put("application/vnd.dev.cosign.simplesigning.v1+json", "{}")}}});
  const json no_manifest = x.put("application/vnd.oci.artifact.manifest.v1+json", "{}");
  json attestation = with_platform(x.put(k_oci_manifest, "not read"), "unknown", "unknown");
  attestation["annotations"] = {{"vnd.docker.reference.type", "attestation-manifest"},
                                {"vnd.docker.reference.digest", image["digest"]}};
  for (const json& other : {artifact, signature, no_manifest, attestation, with_platform(artifact, "linux", "s390x")})
    for (const json& there : {image, plain})
      for (const auto& entries : {std::vector<json>{other, there}, std::vector<json>{there, other}}) {
        x.index({x.put_json(k_oci_index, index_of(entries))});
        EXPECT_EQ(why_not("oci:DIR/x:t", "linux/s390x"), "opened linux/s390x") << json(entries);
        const auto there_is = contents("oci:DIR/x:t");
        ASSERT_TRUE(there_is) << there_is.error().message;
        EXPECT_EQ(there_is->platforms, (std::vector<Platform>{{"linux", "s390x", ""}}));
        if (!other.contains("platform") || other == attestation) {
          ASSERT_EQ(there_is->passed_over.size(), 1U) << json(entries);
          EXPECT_EQ(there_is->passed_over[0].descriptor.digest.text(), other["digest"]);
        }
      }
  EXPECT_EQ(contents("oci:DIR/x:t")->passed_over.size(), 0U) << "it claims a platform";
  x.index({x.put_json(k_oci_index, index_of({attestation, image}))});
  EXPECT_EQ(contents("oci:DIR/x:t")->passed_over[0].reason, "an attestation of " + image["digest"].get<std::string>());
  // Alone, each is refused with its own reason.
  x.index({x.put_json(k_oci_index, index_of({artifact, attestation}))});
  EXPECT_EQ(why_not("oci:DIR/x:t", "linux/s390x"),
            "unsupported: cannot read the manifest of oci:DIR/x:t: config.mediaType is "
            "application/vnd.oci.empty.v1+json, so it is not an image that can be run");
  // One that is broken is not passed over: it may be the image.
  const json broken = x.put(k_oci_manifest, "{");
  x.index({x.put_json(k_oci_index, index_of({broken, image}))});
  EXPECT_EQ(why_not("oci:DIR/x:t", "linux/s390x"),
            "invalid_input: cannot read the manifest of oci:DIR/x:t: not JSON at byte 2");
}

TEST_F(OpenImage, WhatNeedsFeaturesOfTheSystemGoesAfterWhatNeedsNone) {
  const TestLayout x = layout();
  json special = with_platform(put_image(x, {m_tar, m_tar}, "s390x"), "linux", "s390x");
  special["platform"]["os.features"] = {"erofs"};
  const json plain = with_platform(put_image(x, {m_tar}, "s390x"), "linux", "s390x");
  x.index({x.put_json(k_oci_index, index_of({special, plain}))});
  EXPECT_EQ(open_image(m_scene.name("oci:DIR/x:t"), {Platform{"linux", "s390x", ""}}).value().layer_count(), 1U);
  x.index({x.put_json(k_oci_index, index_of({special}))});
  EXPECT_EQ(open_image(m_scene.name("oci:DIR/x:t"), {Platform{"linux", "s390x", ""}}).value().layer_count(), 2U);
}

TEST_F(OpenImage, ThePlatformMayHaveAnotherNameOrNone) {
  const TestLayout x = layout();
  const auto open_config = [&](const std::function<void(json&)>& edit, const json& platform, const char* wanted) {
    json config = config_of({m_tar}, "amd64");
    edit(config);
    json entry = x.put_json(k_oci_manifest, {{"schemaVersion", 2},
                                             {"config", x.put_json(k_oci_config, config)},
                                             {"layers", {x.put(k_oci_layer_gzip, gzip_of(m_tar))}}});
    if (!platform.is_null())
      entry["platform"] = platform;
    x.index({x.put_json(k_oci_index, index_of({entry}))});
    return why_not("oci:DIR/x:t", wanted);
  };
  const auto named = [](const char* name) { return [name](json& config) { config["architecture"] = name; }; };
  EXPECT_EQ(open_config(named("x86_64"), {}, "linux/amd64"), "opened linux/amd64");
  EXPECT_EQ(open_config(named("aarch64"), {{"os", "Linux"}, {"architecture", "ARM64"}}, "linux/arm64"),
            "opened linux/arm64");
  EXPECT_EQ(open_config(named(""), {}, nullptr), "opened linux/" + k_here);
  const auto without = [](json& config) {
    config.erase("architecture");
    config["os"] = nullptr;
  };
  EXPECT_EQ(open_config(without, {}, nullptr), "opened linux/" + k_here);
  EXPECT_EQ(open_config(without, {{"os", "linux"}, {"architecture", "s390x"}}, "linux/s390x"), "opened linux/s390x");
}

TEST_F(OpenImage, NullsAreWhatGoMakesOfThem) {
  const TestLayout x = layout();
  json config = config_of({m_tar});
  config["config"] = {
      {"Labels", {{"n", nullptr}, {"m", "l"}}}, {"Env", {nullptr, "A=b", "NAME", "=x", ""}}, {"Cmd", nullptr}};
  config["history"] = {nullptr};
  x.index({x.put_json(k_oci_manifest, {{"schemaVersion", 2},
                                       {"config", x.put_json(k_oci_config, config)},
                                       {"layers", {x.put(k_oci_layer_gzip, gzip_of(m_tar))}},
                                       {"annotations", {{"a", nullptr}}}})});
  const auto image = open_image(m_scene.name("oci:DIR/x:t"));
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->config().labels, (std::map<std::string, std::string>{{"m", "l"}, {"n", ""}}));
  EXPECT_EQ(image->config_json()["config"]["Labels"]["n"], "") << "whoever edits it finds a string";
  EXPECT_EQ(image->config_json()["config"]["Env"], json::array({"A=b", "NAME", "=x", ""}))
      << "no engine starts an empty variable";
  EXPECT_EQ(image->config().environment, std::vector<std::string>{"A=b"});
  EXPECT_EQ(image->config_json()["history"][0], json::object());
}

TEST_F(OpenImage, ALayerIsReadAsWhatItIsWhateverItsLabel) {
  const std::string tars[] = {m_tar, gzip_of(m_tar), zstd_of(m_tar)};
  const std::string_view labels[] = {k_oci_layer, k_oci_layer_gzip, k_oci_layer_zstd};
  for (std::size_t stored = 0; stored < 3; ++stored)
    for (std::size_t label = 0; label < 3; ++label) {
      const TestLayout x = layout();
      x.index({x.put_json(k_oci_manifest, {{"schemaVersion", 2},
                                           {"config", x.put_json(k_oci_config, config_of({m_tar}))},
                                           {"layers", {x.put(labels[label], tars[stored])}}})});
      const Image image = open_image(m_scene.name("oci:DIR/x:t")).value();
      EXPECT_EQ(read_to_end(*image.open_layer(0).value(), 1U << 20U, "x").value(), m_tar) << stored << label;
      EXPECT_EQ(static_cast<std::size_t>(image.stored_compression(0).value()), stored);
      EXPECT_EQ(image.wrong_labels().value().size(), stored == label ? 0U : 1U);
      std::filesystem::remove_all(m_scene.path("x"));
    }
  const TestLayout x = layout();
  x.index({x.put_json(k_oci_manifest, {{"schemaVersion", 2},
                                       {"config", x.put_json(k_oci_config, config_of({m_tar}))},
                                       {"layers", {x.put(k_oci_layer, gzip_of(m_tar))}}})});
  EXPECT_EQ(
      m_scene.told(Error(ErrorCode::internal, open_image(m_scene.name("oci:DIR/x:t"))->wrong_labels().value().at(0))),
      "internal: layer 1 of oci:DIR/x:t is labelled no compression and has gzip");
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
  EXPECT_EQ(m_scene.told(platforms("oci:DIR/many:t").error()),
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
