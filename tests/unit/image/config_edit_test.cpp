// SPDX-License-Identifier: Apache-2.0
#include "image/config_edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kif::image {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

LayerParts parts() {
  const auto part = [](const std::string& content, const std::string& version) {
    return PayloadFile{content, content, Digest::of(content), {}, version};
  };
  return {part("module", "3.5.4"), part("library", "3.6.3"), part("gate", ""),
          part("provider", ""),    part("init", ""),         part("random", "")};
}

const Digest k_diff_id = Digest::of("layer");
const BaseIdentity k_base = {"trixie", "sha256:" + std::string(64, 'a')};

ConfigEdit edit(json run_config) {
  return edit_config({{"architecture", "amd64"}, {"config", std::move(run_config)}}, parts(), k_diff_id, k_base,
                     std::nullopt);
}

TEST(ConfigEditTest, AConfigurationThatSaysNothingGetsWhatTheLayerNeeds) {
  for (const json& empty :
       {json(nullptr), json::object(), json{{"Env", nullptr}, {"Entrypoint", nullptr}, {"Labels", nullptr}}}) {
    const json run = edit(empty).config["config"];
    EXPECT_EQ(run["Env"], json({"OPENSSL_CONF=/etc/kif/openssl.cnf", "OPENSSL_MODULES=/usr/lib/kif/modules"}));
    EXPECT_EQ(run["Entrypoint"], json({"/usr/lib/kif/kif-init", "--"}));
    EXPECT_EQ(run["Labels"]["kif.layer.version"], "1");
    EXPECT_EQ(run["Labels"]["kif.layer.diff-id"], k_diff_id.text());
    EXPECT_EQ(run["Labels"]["kif.module.version"], "3.5.4");
    EXPECT_EQ(run["Labels"]["kif.module.digest"], Digest::of("module").text());
    EXPECT_EQ(run["Labels"]["kif.entropy-library.version"], "3.6.3");
    EXPECT_EQ(run["Labels"]["org.opencontainers.image.base.name"], "trixie");
    EXPECT_EQ(run["Labels"]["org.opencontainers.image.base.digest"], k_base.digest);
  }
}

TEST(ConfigEditTest, SettingsOfTheSourceAreALabelWhereTheyAreNotAsUsual) {
  LayerParts set = parts();
  EXPECT_FALSE(edit({}).config["config"]["Labels"].contains("kif.entropy-library.settings"));
  set.settings.osr = 5;
  const json config = {{"config", json::object()}};
  const json run = edit_config(config, set, k_diff_id, k_base, std::nullopt).config;
  EXPECT_EQ(run["config"]["Labels"]["kif.entropy-library.settings"], "osr 5");
  // Hardened again without: the label goes.
  EXPECT_FALSE(edit_config(run, parts(), k_diff_id, k_base, std::nullopt)
                   .config["config"]["Labels"]
                   .contains("kif.entropy-library.settings"));
}

TEST(ConfigEditTest, TheEntrypointIsKeptBehindInit) {
  EXPECT_EQ(edit({{"Entrypoint", {"/app", "-x"}}, {"Cmd", {"y"}}}).config["config"]["Entrypoint"],
            json({"/usr/lib/kif/kif-init", "--", "/app", "-x"}));
}

TEST(ConfigEditTest, ACommandWithoutEntrypointStaysTheCommand) {
  const json run = edit({{"Cmd", {"python3", "-m", "app"}}}).config["config"];
  EXPECT_EQ(run["Entrypoint"], json({"/usr/lib/kif/kif-init", "--"}));
  EXPECT_EQ(run["Cmd"], json({"python3", "-m", "app"}));
}

TEST(ConfigEditTest, VariablesOfRuntimesAreSetOrPutBehindWhatIsThere) {
  const std::vector<Variable> wanted = {{"NODE_OPTIONS", "--force-fips", true}, {"OTHER", "3"}};
  const auto environment = [&](const json& there) {
    const json config = {{"config", {{"Env", there}}}};
    const json once = edit_config(config, parts(), k_diff_id, k_base, std::nullopt, wanted).config;
    EXPECT_EQ(edit_config(once, parts(), k_diff_id, k_base, std::nullopt, wanted).config, once);
    json rest = json::array();
    for (const json& variable : once["config"]["Env"])
      if (!variable.get<std::string>().starts_with("OPENSSL_"))
        rest.push_back(variable);
    return rest;
  };
  EXPECT_EQ(environment(json::array()), json({"NODE_OPTIONS=--force-fips", "OTHER=3"}));
  EXPECT_EQ(environment({"NODE_OPTIONS=--max-old-space-size=99", "OTHER=1"}),
            json({"NODE_OPTIONS=--max-old-space-size=99 --force-fips", "OTHER=3"}));
  EXPECT_EQ(environment({"NODE_OPTIONS=--force-fips --no-warnings"}),
            json({"NODE_OPTIONS=--force-fips --no-warnings", "OTHER=3"}));
  EXPECT_EQ(environment({"NODE_OPTIONS=", "OTHER=3"}), json({"NODE_OPTIONS=--force-fips", "OTHER=3"}));
  // A longer word that holds ours is another one.
  EXPECT_EQ(environment({"NODE_OPTIONS=--force-fips-not"}),
            json({"NODE_OPTIONS=--force-fips-not --force-fips", "OTHER=3"}));
}

TEST(ConfigEditTest, OldValuesAreReplacedInTheirPlaceAndNamed) {
  const ConfigEdit changed =
      edit({{"Env", {"A=1", "OPENSSL_CONF=/opt/old.cnf", "OPENSSL_CONFX=2", "OPENSSL_CONF=/opt/older.cnf"}}});
  EXPECT_EQ(changed.config["config"]["Env"], json({"A=1", "OPENSSL_CONF=/etc/kif/openssl.cnf", "OPENSSL_CONFX=2",
                                                   "OPENSSL_MODULES=/usr/lib/kif/modules"}));
  EXPECT_THAT(changed.warnings,
              ElementsAre("the image sets OPENSSL_CONF=/opt/old.cnf; the hardened image sets /etc/kif/openssl.cnf",
                          "the image sets OPENSSL_CONF=/opt/older.cnf; the hardened image sets /etc/kif/openssl.cnf"));
}

TEST(ConfigEditTest, AllElseStays) {
  const json before = {{"architecture", "amd64"},
                       {"created", "2020-01-01T00:00:00Z"},
                       {"unknown", {1, 2}},
                       {"rootfs", {{"type", "layers"}, {"diff_ids", {"sha256:1"}}}},
                       {"config", {{"User", "app"}, {"Labels", {{"a", "b"}}}, {"Healthcheck", {{"Test", {"x"}}}}}}};
  const json after = edit_config(before, parts(), k_diff_id, k_base, std::nullopt).config;
  for (const char* key : {"architecture", "created", "unknown", "rootfs"})
    EXPECT_EQ(after[key], before[key]) << key;
  EXPECT_EQ(after["config"]["User"], "app");
  EXPECT_EQ(after["config"]["Labels"]["a"], "b");
  EXPECT_EQ(after["config"]["Healthcheck"], before["config"]["Healthcheck"]);
}

TEST(ConfigEditTest, TwiceIsOnce) {
  const json once = edit({{"Entrypoint", {"/app"}}, {"Env", {"A=1"}}}).config;
  const ConfigEdit twice = edit_config(once, parts(), k_diff_id, k_base, std::nullopt);
  EXPECT_EQ(twice.config, once);
  EXPECT_THAT(twice.warnings, IsEmpty());
}

TEST(ConfigEditTest, LabelsOfAnotherBaseAreNotInherited) {
  const json inherited = {{"config", {{"Labels", {{"org.opencontainers.image.base.name", "debian"}}}}}};
  const json labels = edit_config(inherited, parts(), k_diff_id, {}, std::nullopt).config["config"]["Labels"];
  EXPECT_FALSE(labels.contains("org.opencontainers.image.base.name"));
  EXPECT_FALSE(labels.contains("org.opencontainers.image.base.digest"));
}

TEST(ConfigEditTest, WhatIsNotApprovedByChoiceIsALabel) {
  const auto labels = [](const json& config, const std::vector<std::string>& compat) {
    return edit_config(config, parts(), k_diff_id, k_base, std::nullopt, {}, compat).config;
  };
  const json with = labels(json::object(), {"tls12-without-ems", "sha1-signatures"});
  EXPECT_EQ(with["config"]["Labels"]["kif.compat"], "tls12-without-ems,sha1-signatures");
  EXPECT_FALSE(labels(with, {})["config"]["Labels"].contains("kif.compat"));
}

TEST(ConfigEditTest, CreatedIsSetOnlyWhereATimeIsGiven) {
  const std::string time = rfc3339(1'700'000'000).value();
  EXPECT_EQ(time, "2023-11-14T22:13:20Z");
  EXPECT_EQ(edit_config(json::object(), parts(), k_diff_id, k_base, time).config["created"], time);
  EXPECT_FALSE(edit(nullptr).config.contains("created"));
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(INT64_MAX), std::nullopt);
}

TEST(ConfigEditTest, HistoryNamesWhatWasPutIn) {
  const json entry = history_entry(parts(), {.kif_version = "1.2.3"}, "2023-11-14T22:13:20Z");
  EXPECT_EQ(entry, json({{"created_by", "kif harden 1.2.3"},
                         {"comment", "FIPS layer: module 3.5.4, jitterentropy 3.6.3"},
                         {"created", "2023-11-14T22:13:20Z"}}));
  EXPECT_EQ(history_entry(parts(), {.kif_version = "1"}, std::nullopt, {"sha1-signatures", "eddsa"})["comment"],
            "FIPS layer: module 3.5.4, jitterentropy 3.6.3, not approved, by choice: sha1-signatures,eddsa");
}

} // namespace
} // namespace kif::image
