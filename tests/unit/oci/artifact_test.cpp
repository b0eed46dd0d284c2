// SPDX-License-Identifier: Apache-2.0
#include "oci/artifact.h"

#include <gtest/gtest.h>

#include "oci/media_type.h"

namespace kif::oci {
namespace {

using nlohmann::json;

const std::string k_digest = "sha256:" + std::string(64, 'a');
const std::string k_type(k_oci_manifest);

json descriptor(const char* type) {
  return {{"mediaType", type}, {"digest", k_digest}, {"size", 2}};
}

json artifact() {
  return {{"schemaVersion", 2},
          {"mediaType", k_oci_manifest},
          {"config", descriptor("application/vnd.oci.empty.v1+json")},
          {"layers", {descriptor("application/spdx+json"), descriptor("text/anything")}},
          {"annotations", {{"a", "b"}}}};
}

std::string told(const json& document, const std::string& type = k_type) {
  const auto parsed = Artifact::parse(document.dump(), type, "it");
  return parsed ? "good" : std::string(to_string(parsed.error().code)) + ": " + parsed.error().message;
}

TEST(Artifact, LayersAndConfigurationMayBeOfAnyType) {
  json document = artifact();
  auto parsed = Artifact::parse(document.dump(), k_type, "it").value();
  EXPECT_EQ(parsed.artifact_type, "application/vnd.oci.empty.v1+json");
  ASSERT_EQ(parsed.layers.size(), 2U);
  EXPECT_EQ(parsed.layers[1].media_type, "text/anything");
  EXPECT_EQ(parsed.annotations.at("a"), "b");
  EXPECT_FALSE(parsed.subject);

  document["artifactType"] = "application/spdx+json";
  document["subject"] = descriptor("application/vnd.oci.image.index.v1+json");
  document.erase("layers");
  parsed = Artifact::parse(document.dump(), k_type, "it").value();
  EXPECT_EQ(parsed.artifact_type, "application/spdx+json");
  EXPECT_EQ(parsed.subject->digest.text(), k_digest);
  EXPECT_TRUE(parsed.layers.empty());
}

TEST(Artifact, WhatIsWrongIsSaid) {
  EXPECT_EQ(told(artifact(), std::string(k_oci_index)),
            "unsupported: cannot read it: it is no manifest but application/vnd.oci.image.index.v1+json");
  json document = artifact();
  document.erase("config");
  EXPECT_EQ(told(document), "invalid_input: cannot read it: config is missing");
  document = artifact();
  document["manifests"] = json::array();
  EXPECT_EQ(told(document),
            "invalid_input: cannot read it: it has both \"manifests\" and \"config\", so it could be an "
            "index or a manifest");
  document = artifact();
  document["subject"] = "x";
  EXPECT_EQ(told(document), "invalid_input: cannot read it: subject is a string, not an object");
  document = artifact();
  document["layers"] = json(std::vector<json>(1025, descriptor("a/b")));
  EXPECT_EQ(told(document), "too_large: cannot read it: more than 1024 layers");
  document = artifact();
  document["layers"][0]["digest"] = "sha512:00";
  EXPECT_EQ(told(document), "invalid_input: cannot read it: layers[0].digest: not a digest that kif knows");
}

TEST(Artifact, ASubjectIsFoundInIndexesToo) {
  json index = {{"schemaVersion", 2}, {"manifests", json::array()}, {"subject", descriptor("a/b")}};
  EXPECT_EQ(subject_of(index.dump(), "it").value()->digest.text(), k_digest);
  index.erase("subject");
  EXPECT_FALSE(subject_of(index.dump(), "it").value());
}

} // namespace
} // namespace kif::oci
