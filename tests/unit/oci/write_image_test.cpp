// SPDX-License-Identifier: Apache-2.0
#include "oci/write_image.h"

#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "layer/file_tree.h"
#include "layer/tar_index.h"
#include "oci/media_type.h"
#include "test_image.h"

namespace kif::oci {
namespace {

using nlohmann::json;

class WriteImage : public testing::Test {
protected:
  Image base(const std::string& name = "oci:DIR/x:t") { return open_image(m_scene.name(name)).value(); }
  Edit one_more_layer() {
    write_file(m_scene.path("new.tar"), m_new);
    Edit edit;
    edit.layers.push_back({m_scene.path("new.tar"), {{"created_by", "kif"}}});
    return edit;
  }
  std::string files(const std::string& name) {
    const Image image = base(name);
    const auto tree = FileTree::read(image);
    if (!tree)
      return m_scene.told(tree.error());
    std::string text;
    for (const FileEntry& entry : tree->entries())
      text += (text.empty() ? "" : " ") + entry.path();
    return text;
  }

  Scene m_scene;
  const std::string m_one = tar_of({file("a", "1")});
  const std::string m_two = tar_of({file("b", "2")});
  const std::string m_new = tar_of({file("c", "3")});
};

TEST_F(WriteImage, ALayerIsPutOnTopInEveryForm) {
  make_image(m_scene.path("x"), {m_one, m_two});
  for (const char* target : {"oci:DIR/y:u", "oci-archive:DIR/y.tar:u", "docker-archive:DIR/z.tar:app:u"}) {
    const Image before = base();
    const auto written = write_image(before, one_more_layer(), m_scene.name(target));
    ASSERT_TRUE(written) << m_scene.told(written.error());
    EXPECT_EQ(files(target), "/ /a /b /c") << target;
    const Image after = base(target);
    for (std::size_t i = 0; i < 2; ++i)
      EXPECT_EQ(after.manifest().layers[i].descriptor.digest, before.manifest().layers[i].descriptor.digest) << target;
    EXPECT_EQ(after.manifest().layers[2].descriptor.digest, written->layers[2].digest);
    EXPECT_EQ(after.manifest().config.digest, written->config.digest);
    EXPECT_EQ(after.config().diff_ids[2], Digest::of(m_new));
    EXPECT_EQ(after.config_json()["history"].dump(),
              R"([{"created_by":"test"},{"created_by":"test"},{"created":"1970-01-01T00:00:00Z","created_by":"kif"}])");
    EXPECT_EQ(after.config_json()["config"], before.config_json()["config"]);
  }
}

TEST_F(WriteImage, TheSameInputGivesTheSameBytesWhereverAndWhenever) {
  make_image(m_scene.path("x"), {m_one});
  const auto run = [&](const char* where) {
    for (const char* target : {"oci:DIR/%/y:u", "oci-archive:DIR/%/y.tar:u", "docker-archive:DIR/%/z.tar:app"}) {
      std::string name = target;
      name.replace(name.find('%'), 1, where);
      EXPECT_TRUE(write_image(base(), one_more_layer(), m_scene.name(name)));
    }
  };
  std::filesystem::create_directory(m_scene.path("p"));
  run("p");
  const mode_t before = ::umask(0077);
  std::filesystem::create_directory(m_scene.path("other path"));
  run("other path");
  ::umask(before);
  EXPECT_EQ(snapshot(m_scene.path("p")), snapshot(m_scene.path("other path")));
}

TEST_F(WriteImage, NothingChangedMeansTheSameManifest) {
  make_image(m_scene.path("x"), {m_one});
  const auto written = write_image(base(), {}, m_scene.name("oci:DIR/y:u"));
  ASSERT_TRUE(written);
  EXPECT_EQ(written->manifest.digest, base().manifest_descriptor()->digest);
  EXPECT_EQ(base("oci:DIR/y:u").manifest_descriptor()->digest, written->manifest.digest);
}

TEST_F(WriteImage, OtherTagsOfALayoutAreKeptAndItsBlobsShared) {
  make_image(m_scene.path("x"), {m_one});
  const auto before = snapshot(m_scene.path("x"));
  ASSERT_TRUE(write_image(base(), one_more_layer(), m_scene.name("oci:DIR/x:u")));
  const auto after = snapshot(m_scene.path("x"));
  for (const auto& [name, content] : before) {
    if (name != "index.json") {
      EXPECT_EQ(after.at(name), content);
    }
  }
  EXPECT_EQ(after.size(), before.size() + 3) << "layer, configuration, manifest";
  EXPECT_EQ(files("oci:DIR/x:t"), "/ /a");
  EXPECT_EQ(files("oci:DIR/x:u"), "/ /a /c");
  ASSERT_TRUE(write_image(base(), {}, m_scene.name("oci:DIR/x:u"))) << "a tag is replaced";
  EXPECT_EQ(files("oci:DIR/x:u"), "/ /a");
  const json index = json::parse(read_file(m_scene.path("x/index.json"), 10'000).value());
  EXPECT_EQ(index["manifests"].size(), 2U);
}

TEST_F(WriteImage, ATagMayGoOverItself) {
  make_image(m_scene.path("x"), {m_one});
  ASSERT_TRUE(write_image(base(), one_more_layer(), m_scene.name("oci:DIR/x:t")));
  EXPECT_EQ(files("oci:DIR/x:t"), "/ /a /c");
}

TEST_F(WriteImage, WithoutATagTheEntryWithoutATagIsReplaced) {
  make_image(m_scene.path("x"), {m_one});
  ASSERT_TRUE(write_image(base(), {}, m_scene.name("oci:DIR/y")));
  ASSERT_TRUE(write_image(base(), one_more_layer(), m_scene.name("oci:DIR/y")));
  EXPECT_EQ(files("oci:DIR/y"), "/ /a /c");
}

TEST_F(WriteImage, WhatKifDoesNotKnowIsKept) {
  const TestLayout x(m_scene.path("x"));
  json config = config_of({m_one});
  config["x-unknown"] = {1, 2};
  config["config"]["Healthcheck"] = {{"Test", {"CMD"}}};
  json layer = x.put(k_oci_layer_gzip, gzip_of(m_one));
  layer["annotations"] = {{"layer", "yes"}};
  x.index({x.put_json(k_oci_manifest, {{"schemaVersion", 2},
                                       {"config", x.put_json(k_oci_config, config)},
                                       {"layers", {layer}},
                                       {"x-member", true},
                                       {"annotations", {{"kept", "1"}, {"changed", "old"}}}})});
  Edit edit = one_more_layer();
  edit.annotations = {{"changed", "new"}, {"added", "2"}};
  edit.config = base().config_json();
  (*edit.config)["config"]["Env"] = {"A=b"};
  const auto written = write_image(base(), edit, m_scene.name("oci:DIR/y:t"));
  ASSERT_TRUE(written) << m_scene.told(written.error());
  const Image after = base("oci:DIR/y:t");
  EXPECT_EQ(after.manifest().annotations, (Annotations{{"added", "2"}, {"changed", "new"}, {"kept", "1"}}));
  EXPECT_EQ(after.manifest().json["x-member"], true);
  EXPECT_EQ(after.manifest().layers[0].descriptor.annotations, (Annotations{{"layer", "yes"}}));
  EXPECT_EQ(after.config_json()["x-unknown"], json({1, 2}));
  EXPECT_EQ(after.config_json()["config"]["Healthcheck"]["Test"], json({"CMD"}));
  EXPECT_EQ(after.config().environment, std::vector<std::string>{"A=b"});
}

TEST_F(WriteImage, DockersManifestBecomesOcisWithTheSameBlobs) {
  const TestLayout x(m_scene.path("x"));
  const json layers = {x.put(k_docker_layer_gzip, gzip_of(m_one)), x.put(k_docker_layer, m_two)};
  x.index({x.put_json(k_docker_manifest, {{"schemaVersion", 2},
                                          {"mediaType", k_docker_manifest},
                                          {"config", x.put_json(k_docker_config, config_of({m_one, m_two}))},
                                          {"layers", layers}})});
  const auto written = write_image(base(), {}, m_scene.name("oci:DIR/y:t"));
  ASSERT_TRUE(written) << m_scene.told(written.error());
  const Image after = base("oci:DIR/y:t");
  EXPECT_EQ(after.manifest().media_type, k_oci_manifest);
  EXPECT_EQ(after.manifest().config.media_type, k_oci_config);
  EXPECT_EQ(after.manifest().config.digest, base().manifest().config.digest);
  EXPECT_EQ(after.manifest().layers[0].descriptor.media_type, k_oci_layer_gzip);
  EXPECT_EQ(after.manifest().layers[1].descriptor.media_type, k_oci_layer);
  EXPECT_EQ(after.manifest().layers[0].descriptor.digest.text(), layers[0]["digest"].get<std::string>());
  EXPECT_EQ(files("oci:DIR/y:t"), "/ /a /b");
}

TEST_F(WriteImage, EveryFormCanBeWrittenFromEveryOther) {
  make_image(m_scene.path("x"), {m_one, m_two});
  const std::vector<std::string> forms = {"oci:DIR/%:t", "oci-archive:DIR/%.tar:t", "docker-archive:DIR/%.tar:app:1"};
  std::string previous = "oci:DIR/x:t";
  int step = 0;
  for (const std::string& from : forms) {
    for (const std::string& to : forms) {
      for (const std::string& form : {from, to}) {
        std::string name = form;
        name.replace(name.find('%'), 1, "s" + std::to_string(step++));
        ASSERT_TRUE(write_image(base(previous), {}, m_scene.name(name))) << previous << " to " << name;
        EXPECT_EQ(base(name).manifest().layers[0].descriptor.digest, Digest::of(gzip_of(m_one))) << name;
        EXPECT_EQ(files(name), "/ /a /b") << name;
        previous = name;
      }
    }
  }
}

TEST_F(WriteImage, TheCompressedLayerBearsNoTraceOfTimeNameOrSystem) {
  make_image(m_scene.path("x"), {m_one});
  const Descriptor layer = write_image(base(), one_more_layer(), m_scene.name("oci:DIR/y:t")).value().layers[1];
  const std::string blob = read_file(m_scene.path("y/blobs/sha256") / layer.digest.hex(), 10'000).value();
  EXPECT_EQ(blob.size(), layer.size);
  EXPECT_EQ(blob.substr(0, 10), std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10)) << "RFC 1952 §2.3.1";
}

TEST_F(WriteImage, ALayerTwiceInAnImageIsStoredOnce) {
  make_image(m_scene.path("x"), {m_one, m_one});
  ASSERT_TRUE(write_image(base(), {}, m_scene.name("docker-archive:DIR/z.tar")));
  EXPECT_EQ(base("docker-archive:DIR/z.tar").layer_count(), 2U);
  ASSERT_TRUE(write_image(base(), {}, m_scene.name("oci-archive:DIR/y.tar")));
  EXPECT_EQ(files("oci-archive:DIR/y.tar"), "/ /a") << "an entry that stands twice in an archive would be refused";
}

TEST_F(WriteImage, HistoryThatLagsBehindTheLayersIsFilledUp) {
  const TestLayout x(m_scene.path("x"));
  json config = config_of({m_one, m_two});
  config["created"] = "2026-01-02T03:04:05Z";
  config["history"] = {{{"created_by", "one"}}, {{"created_by", "env"}, {"empty_layer", true}}};
  x.index(
      {x.put_json(k_oci_manifest,
                  {{"schemaVersion", 2},
                   {"config", x.put_json(k_oci_config, config)},
                   {"layers", {x.put(k_oci_layer_gzip, gzip_of(m_one)), x.put(k_oci_layer_gzip, gzip_of(m_two))}}})});
  ASSERT_TRUE(write_image(base(), one_more_layer(), m_scene.name("oci:DIR/y:t")));
  EXPECT_EQ(base("oci:DIR/y:t").config_json()["history"].dump(),
            R"([{"created_by":"one"},{"created_by":"env","empty_layer":true},{"created":"2026-01-02T03:04:05Z"},)"
            R"({"created":"2026-01-02T03:04:05Z","created_by":"kif"}])");
}

TEST_F(WriteImage, AMalformedHistoryIsNotExtended) {
  make_image(m_scene.path("x"), {m_one});
  for (const json& history : {json("all"), json({1}), json({{{"empty_layer", "yes"}}})}) {
    Edit edit = one_more_layer();
    edit.config = base().config_json();
    (*edit.config)["history"] = history;
    const auto written = write_image(base(), edit, m_scene.name("oci:DIR/y:t"));
    ASSERT_FALSE(written);
    EXPECT_EQ(m_scene.told(written.error()),
              "invalid_input: cannot extend the configuration: its history is malformed");
  }
}

TEST_F(WriteImage, AFailureLeavesWhatWasThere) {
  make_image(m_scene.path("x"), {m_one, m_two});
  make_image(m_scene.path("y"), {m_one});
  write_file(m_scene.path("y.tar"), "old");
  const Image image = base();
  const std::string broken = image.manifest().layers[1].descriptor.digest.hex();
  write_file(m_scene.path("x/blobs/sha256/" + broken), "broken");
  const auto before = snapshot(m_scene.path("y"));
  const std::vector<std::string> names = {"canary", "new.tar", "x", "y", "y.tar"};
  for (const char* target : {"oci:DIR/y:t", "oci:DIR/new:t", "oci-archive:DIR/y.tar", "docker-archive:DIR/y.tar",
                             "oci-archive:DIR/new-y.tar"}) {
    const auto written = write_image(image, one_more_layer(), m_scene.name(target));
    ASSERT_FALSE(written) << target;
    EXPECT_EQ(written.error().code, ErrorCode::digest_mismatch);
    EXPECT_EQ(m_scene.told(written.error()).substr(0, 120),
              ("digest_mismatch: cannot write " + std::string(target) +
               ": cannot verify layer 2 of oci:DIR/x:t: size mismatch\n"
               "expected: " +
               std::to_string(image.manifest().layers[1].descriptor.size) + " bytes\ngot: 6 bytes")
                  .substr(0, 120));
    EXPECT_EQ(m_scene.names(), names) << target;
    EXPECT_EQ(snapshot(m_scene.path("y")), before) << target;
    EXPECT_EQ(read_file(m_scene.path("y.tar"), 10).value(), "old") << target;
  }
  EXPECT_TRUE(m_scene.canary_lives());
}

TEST_F(WriteImage, ABlobThatIsBrokenInTheTargetIsMended) {
  make_image(m_scene.path("x"), {m_one});
  make_image(m_scene.path("y"), {m_one});
  write_file(m_scene.path("y/blobs/sha256/" + base().manifest().layers[0].descriptor.digest.hex()), "broken");
  ASSERT_TRUE(write_image(base(), {}, m_scene.name("oci:DIR/y:t")));
  EXPECT_EQ(files("oci:DIR/y:t"), "/ /a");
}

TEST_F(WriteImage, AFolderOfSomebodyElseIsLeftAlone) {
  make_image(m_scene.path("x"), {m_one});
  const auto written = write_image(base(), {}, m_scene.name("oci:DIR/canary:t"));
  ASSERT_FALSE(written);
  EXPECT_EQ(
      m_scene.told(written.error()),
      "conflict: cannot write oci:DIR/canary:t: cannot write to DIR/canary: it exists and is not an OCI image layout");
  EXPECT_TRUE(m_scene.canary_lives());
}

TEST_F(WriteImage, TwoWritersOfOneLayoutBothGetTheirTag) {
  make_image(m_scene.path("x"), {m_one});
  make_image(m_scene.path("y"), {m_two});
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i)
    writers.emplace_back(
        [this, i] { EXPECT_TRUE(write_image(base(), {}, m_scene.name("oci:DIR/y:tag" + std::to_string(i)))); });
  for (std::thread& writer : writers)
    writer.join();
  const json index = json::parse(read_file(m_scene.path("y/index.json"), 10'000).value());
  EXPECT_EQ(index["manifests"].size(), 9U);
}

TEST_F(WriteImage, DiffIdsThatTheCallerChangedAreABug) {
  make_image(m_scene.path("x"), {m_one});
  Edit edit;
  edit.config = base().config_json();
  (*edit.config)["rootfs"]["diff_ids"][0] = Digest::of("x").text();
  const auto written = write_image(base(), edit, m_scene.name("oci:DIR/y:t"));
  ASSERT_FALSE(written);
  EXPECT_EQ(m_scene.told(written.error()),
            "internal: cannot extend the configuration: its diff_ids are no longer those of the base's layers");
}

TEST_F(WriteImage, SeveralPlatformsBecomeAnIndex) {
  const TestLayout x(m_scene.path("x"));
  json arm = put_image(x, {m_one}, "arm64");
  json z = put_image(x, {m_two}, "s390x");
  arm["platform"] = {{"os", "linux"}, {"architecture", "arm64"}};
  z["platform"] = {{"os", "linux"}, {"architecture", "s390x"}};
  x.index({x.put_json(k_oci_index, {{"schemaVersion", 2}, {"manifests", {arm, z}}})});
  const Platform arm_platform{"linux", "arm64", ""};
  const Platform z_platform{"linux", "s390x", ""};
  const std::vector<PlatformImage> images = {
      {open_image(m_scene.name("oci:DIR/x:t"), {arm_platform}).value(), one_more_layer()},
      {open_image(m_scene.name("oci:DIR/x:t"), {z_platform}).value(), one_more_layer()}};
  for (const char* target : {"oci:DIR/y:t", "oci-archive:DIR/y.tar:t"}) {
    const auto written = write_index(images, m_scene.name(target));
    ASSERT_TRUE(written) << m_scene.told(written.error());
    EXPECT_EQ(open_image(m_scene.name(target), {arm_platform}).value().config().diff_ids[0], Digest::of(m_one));
    EXPECT_EQ(open_image(m_scene.name(target), {z_platform}).value().config().diff_ids[0], Digest::of(m_two));
  }
  EXPECT_EQ(m_scene.told(write_index(images, m_scene.name("docker-archive:DIR/z.tar")).error()),
            "unsupported: cannot write docker-archive:DIR/z.tar: a docker-archive holds one platform only");
}

TEST_F(WriteImage, EntriesOfArchivesAreInOrderWithoutTimesAndOwners) {
  make_image(m_scene.path("x"), {m_one});
  ASSERT_TRUE(write_image(base(), {}, m_scene.name("oci-archive:DIR/y.tar:t")));
  const std::string tar = read_file(m_scene.path("y.tar"), 1U << 20U).value();
  std::vector<std::string> names;
  for (std::size_t at = 0; tar[at] != '\0';) {
    names.emplace_back(tar.c_str() + at);
    EXPECT_EQ(tar.substr(at + 108, 8), std::string("0000000\0", 8)) << "owner";
    EXPECT_EQ(tar.substr(at + 136, 12), std::string("00000000000\0", 12)) << "time";
    const std::size_t size = std::stoul(tar.substr(at + 124, 11), nullptr, 8);
    at += 512 + (size + 511) / 512 * 512;
  }
  EXPECT_EQ(names.size(), 7U);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

} // namespace
} // namespace kif::oci
