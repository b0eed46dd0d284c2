// SPDX-License-Identifier: Apache-2.0
// A layout as a repository: tags, referrers by subject and by fallback tag, and what `cosign save` writes.
#include <gtest/gtest.h>

#include "oci/choose.h"
#include "oci/layout_store.h"
#include "oci/media_type.h"
#include "test_image.h"

namespace kif::oci {
namespace {

using nlohmann::json;

class LayoutRepository : public testing::Test {
protected:
  json attached(const json& subject, const std::string& content = "{}") const {
    const json manifest = {{"schemaVersion", 2},
                           {"config", m_layout.put("application/vnd.oci.empty.v1+json", "{}")},
                           {"layers", {m_layout.put("application/spdx+json", content)}},
                           {"subject", subject}};
    return m_layout.put_json(k_oci_manifest, manifest);
  }
  static json marked(json entry, const char* kind) {
    entry["annotations"] = {{"kind", std::string("dev.cosignproject.cosign/") + kind}};
    return entry;
  }
  static json tagged(json entry, const std::string& tag, const char* kind = nullptr) {
    if (kind != nullptr)
      entry = marked(entry, kind);
    entry["annotations"][std::string(k_ref_name)] = tag;
    return entry;
  }
  static std::string text_of(const json& descriptor) { return descriptor["digest"].get<std::string>(); }
  static Digest digest_of(const json& descriptor) {
    return Digest::parse(descriptor["digest"].get<std::string>()).value();
  }
  std::vector<std::string> referrers(const json& subject, const std::string& name = "oci:DIR/x:t") const {
    const Image image = open_image(m_scene.name(name)).value();
    const auto found = image.repository()->referrers(digest_of(subject));
    if (!found)
      return {m_scene.told(found.error())};
    EXPECT_EQ(found->way, ReferrersWay::layout);
    std::vector<std::string> digests;
    for (const Descriptor& entry : found->manifests)
      digests.push_back(entry.digest.text());
    return digests;
  }

  Scene m_scene;
  TestLayout m_layout{m_scene.path("x")};
  const json m_image = put_image(m_layout, {tar_of({file("a")})});
};

TEST_F(LayoutRepository, ATagIsFoundOrNot) {
  m_layout.index({m_image});
  const Image image = open_image(m_scene.name("oci:DIR/x:t")).value();
  ASSERT_NE(image.repository(), nullptr);
  EXPECT_EQ(image.repository()->find_tag("t").value()->digest, digest_of(m_image));
  EXPECT_FALSE(image.repository()->find_tag("other").value());
}

TEST_F(LayoutRepository, ReferrersAreThoseWithTheSubject) {
  const json one = attached(m_image);
  const json two = attached(m_image, "[]");
  json fallback = m_layout.put_json(k_oci_index, {{"schemaVersion", 2}, {"manifests", {one, two}}});
  m_layout.index({tagged(m_image, "t"), one, one, attached(one), tagged(fallback, referrers_tag(digest_of(m_image)))},
                 "");
  EXPECT_EQ(referrers(m_image), (std::vector{text_of(one), text_of(two)}));
  EXPECT_EQ(referrers(two), std::vector<std::string>());
}

TEST_F(LayoutRepository, WhatCosignSavedBelongsToTheOneImage) {
  const json attestations = m_layout.put(k_oci_manifest, "opened by whoever asked");
  const json sboms = m_layout.put(k_oci_manifest, "this one too");
  m_layout.index({marked(m_image, "image"), marked(attestations, "atts"), marked(sboms, "sboms")}, "");
  EXPECT_EQ(referrers(m_image, "oci:DIR/x"), (std::vector{text_of(attestations), text_of(sboms)}));

  const json other = put_image(m_layout, {tar_of({file("b")})});
  m_layout.index({tagged(m_image, "t", "image"), marked(attestations, "atts"), tagged(other, "o", "image")}, "");
  EXPECT_EQ(referrers(m_image), std::vector<std::string>()) << "nothing says whose they are";
}

TEST_F(LayoutRepository, WhatIsWrongIsSaid) {
  const json broken = m_layout.put(k_oci_manifest, "no JSON");
  m_layout.index({tagged(m_image, "t"), broken}, "");
  EXPECT_EQ(referrers(m_image), std::vector{"invalid_input: cannot read manifest " + text_of(broken) +
                                            " of oci:DIR/x:t: not JSON at byte 2"});
  std::vector<json> many;
  for (int i = 0; i < 257; ++i)
    many.push_back(attached(m_image, std::to_string(i)));
  m_layout.index(many, "");
  const auto store = open_layout_folder(m_scene.path("x"), "it").value();
  EXPECT_EQ(store->referrers(digest_of(m_image)).error().message,
            "cannot list what refers to " + text_of(m_image) + " in it: more than 256 referrers");
}

TEST_F(LayoutRepository, AnIndexOnTheWayKnowsItsOwnDescriptor) {
  json entry = m_image;
  entry["platform"] = {{"os", "linux"}, {"architecture", Platform::host().architecture}};
  const json index = m_layout.put_json(k_oci_index, {{"schemaVersion", 2}, {"manifests", {entry}}});
  m_layout.index({index});
  const Image image = open_image(m_scene.name("oci:DIR/x:t")).value();
  ASSERT_EQ(image.indexes().size(), 2U);
  EXPECT_FALSE(image.indexes()[0]->descriptor);
  EXPECT_EQ(image.indexes()[1]->descriptor->digest, digest_of(index));
}

} // namespace
} // namespace kif::oci
