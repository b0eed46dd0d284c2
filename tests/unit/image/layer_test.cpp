// SPDX-License-Identifier: Apache-2.0
#include "image/layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "image/image_builder.h"
#include "image/inspection/layer_paths.h"

namespace kif::image {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

LayerParts parts() {
  const auto part = [](const std::string& content, const std::string& version) {
    const std::string file = elf::build_elf({.needs = {{"libc.so.6", {"GLIBC_2.34"}}}, .text = content});
    return PayloadFile{"/somewhere/" + content, file, Digest::of(file),
                       elf::parse(std::as_bytes(std::span(file)), content).value(), version};
  };
  return {part("module", "3.5.4"), part("library", "3.6.3"), part("gate", ""),
          part("provider", ""),    part("init", ""),         part("random", "")};
}

const ApprovedSettings k_settings = {.module_lines = {{"activate", "1"}}, .ciphers = "A", .groups = "P-256"};

class LayerTest : public testing::Test {
protected:
  TempDir m_dir = TempDir::create("kif-layer-test-").value();
  std::vector<LayerFile> m_files = layer_files(parts(), {.kif_version = "1.2.3"}, k_settings);

  Result<std::string> tar_on(const std::vector<TestFile>& base, std::int64_t time = 0) {
    ImageBuilder builder;
    builder.layers = {base};
    const oci::Image image = builder.build(m_dir.path() / "base", "x");
    KIF_TRY(const oci::FileTree tree, oci::FileTree::read(image));
    KIF_CHECK(write_layer(m_files, tree, time, m_dir.path() / "layer.tar"));
    return read_file(m_dir.path() / "layer.tar", 64 << 20);
  }

  // The merged tree of the base with the layer on it.
  oci::FileTree merged(const std::vector<TestFile>& base) {
    const std::string tar = tar_on(base).value();
    ImageBuilder builder;
    builder.layers = {base};
    const oci::Image image = builder.build(m_dir.path() / "base", "x");
    oci::Edit edit;
    edit.layers.push_back({m_dir.path() / "layer.tar"});
    const auto name = oci::ImageName::parse("oci:" + (m_dir.path() / "merged").string() + ":x").value();
    oci::write_image(image, edit, name).value();
    return oci::FileTree::read(oci::open_image(name, {.platform = image.platform()}).value()).value();
  }
};

TEST_F(LayerTest, HoldsEveryFileAndTheLink) {
  const oci::FileTree tree = merged(fake_system());
  for (const auto& [path, mode] : {std::pair(k_module_path, 0644U),
                                   {k_gate_path, 0644U},
                                   {k_provider_path, 0644U},
                                   {k_entropy_library_path, 0644U},
                                   {k_init_path, 0755U},
                                   {k_random_path, 0755U},
                                   {k_preload_path, 0644U},
                                   {k_config_path, 0644U},
                                   {k_manifest_path, 0644U},
                                   {k_description_path, 0644U}}) {
    const oci::FileEntry* entry = tree.find(path);
    ASSERT_NE(entry, nullptr) << path;
    EXPECT_EQ(entry->type, oci::FileType::regular) << path;
    EXPECT_EQ(entry->mode, mode) << path;
    EXPECT_EQ(entry->uid, 0U);
    EXPECT_EQ(entry->mtime_seconds, 0);
  }
  for (const std::string_view path : k_module_links) {
    const oci::FileEntry* link = tree.resolve(path);
    ASSERT_NE(link, nullptr) << path;
    EXPECT_EQ(link->path(), k_gate_path) << path;
  }
}

TEST_F(LayerTest, TheManifestHasTheHashOfEveryFileButItself) {
  const auto manifest =
      std::find_if(m_files.begin(), m_files.end(), [](const LayerFile& file) { return file.path == k_manifest_path; });
  ASSERT_NE(manifest, m_files.end());
  std::string expected;
  for (const LayerFile& file : m_files)
    if (file.path != k_manifest_path)
      expected += Digest::of(file.content).hex() + "  " + file.path + "\n";
  EXPECT_EQ(manifest->content, expected);
  EXPECT_EQ(std::count(expected.begin(), expected.end(), '\n'), 9);
}

TEST_F(LayerTest, TheConfigurationAlsoStandsWhereLibcryptoLooks) {
  ConfigPlaces places;
  places.main.sections = "\n[ca]\na = main\n";
  places.copies = {{"/etc/ssl/openssl.cnf", {.sections = "\n[ca]\na = copy\n"}}};
  m_files = layer_files(parts(), {}, {}, {}, {}, places);
  const auto content = [&](std::string_view path) {
    const auto found =
        std::find_if(m_files.begin(), m_files.end(), [&](const LayerFile& file) { return file.path == path; });
    return found == m_files.end() ? std::string("none") : found->content;
  };
  EXPECT_THAT(content(k_config_path), HasSubstr("a = main"));
  const std::string copy = content("/etc/ssl/openssl.cnf");
  EXPECT_THAT(copy, testing::AllOf(HasSubstr("a = copy"), HasSubstr("module = /usr/lib/kif/kif-fips.so")));
  EXPECT_THAT(content(k_manifest_path), HasSubstr(Digest::of(copy).hex() + "  /etc/ssl/openssl.cnf\n"));
  std::vector<TestFile> base = fake_system();
  base.push_back({"etc/ssl/openssl.cnf", "the image's", 0600});
  base.push_back({"usr/lib/ssl/openssl.cnf", "", 0777, "/etc/ssl/openssl.cnf"});
  const oci::FileTree tree = merged(base);
  EXPECT_EQ(tree.find("/usr/lib/ssl/openssl.cnf")->type, oci::FileType::symlink);
  EXPECT_EQ(tree.resolve("/usr/lib/ssl/openssl.cnf")->size, copy.size());
  EXPECT_EQ(tree.resolve("/usr/lib/ssl/openssl.cnf")->mode, 0644U);
}

TEST_F(LayerTest, TheDescriptionNamesWhatIsNotReached) {
  std::string description;
  for (const LayerFile& file :
       layer_files(parts(), {.kif_version = "1", .not_reached = {"/usr/bin/php: by itself"}}, k_settings))
    if (file.path == k_description_path)
      description = file.content;
  EXPECT_THAT(description, HasSubstr("\"not_reached\": [\n    \"/usr/bin/php: by itself\"\n  ]"));
}

TEST_F(LayerTest, TheDescriptionNamesWhatIsNotApprovedByChoice) {
  const auto compat_of = [](const ApprovedSettings& settings) {
    for (const LayerFile& file : layer_files(parts(), {.kif_version = "1"}, settings))
      if (file.path == k_description_path)
        return nlohmann::json::parse(file.content)["compat"].dump();
    return std::string("no description");
  };
  EXPECT_EQ(compat_of(k_settings), "[]");
  EXPECT_EQ(compat_of({.module_lines = {}, .ciphers = "A", .groups = "B", .compat = {"sha1-signatures"}}),
            R"(["sha1-signatures"])");
}

TEST_F(LayerTest, TheDescriptionSaysWhatThePartsAre) {
  const auto text = [&](const LayerClaims& claims) {
    for (const LayerFile& file : layer_files(parts(), claims, k_settings))
      if (file.path == k_description_path)
        return nlohmann::json::parse(file.content);
    return nlohmann::json();
  };
  const nlohmann::json json = text({.kif_version = "1.2.3"});
  EXPECT_EQ(json["schema"], "kif.layer/1");
  EXPECT_EQ(json["kif_version"], "1.2.3");
  EXPECT_EQ(json["module"], (nlohmann::json{{"path", "/usr/lib/kif/fips.so"},
                                            {"sha256", parts().module.digest.hex()},
                                            {"version", "3.5.4"},
                                            {"needs_glibc", "2.34"},
                                            {"claimed", "not a validated build"}}));
  EXPECT_EQ(json["entropy_library"]["version"], "3.6.3");
  EXPECT_EQ(text({.module_claim = "CMVP #4985"})["module"]["claimed"], "CMVP #4985");
}

TEST_F(LayerTest, IsTheSameWhateverTheUmask) {
  const std::string first = tar_on(fake_system()).value();
  const mode_t old = ::umask(0077);
  const std::string second = tar_on(fake_system()).value();
  ::umask(old);
  EXPECT_EQ(Digest::of(first), Digest::of(second));
  EXPECT_NE(Digest::of(first), Digest::of(tar_on(fake_system(), 1'700'000'000).value()));
}

TEST_F(LayerTest, FoldersOfTheImageKeepTheirModes) {
  std::vector<TestFile> base = fake_system();
  base.push_back({"etc/", "", 0711});
  base[0].mode = 0751; // usr/
  const oci::FileTree tree = merged(base);
  EXPECT_EQ(tree.find("/etc")->mode, 0711U);
  EXPECT_EQ(tree.find("/usr")->mode, 0751U);
  EXPECT_EQ(tree.find("/usr/share")->mode, 0755U);
  EXPECT_EQ(tree.find("/usr/lib/kif")->mode, 0755U);
}

TEST_F(LayerTest, OwnFoldersAreOursWhateverIsThere) {
  std::vector<TestFile> base = fake_system();
  base.push_back({"etc/kif/", "", 0700});
  EXPECT_EQ(merged(base).find("/etc/kif")->mode, 0755U);
}

TEST_F(LayerTest, LinksInTheBaseAreFollowed) {
  std::vector<TestFile> base = fake_system();
  base.push_back({"data/", "", 0750});
  base.push_back({"data/share/", "", 0755});
  base.push_back({"data/share/keep", "x"});
  base.push_back({"usr/share", "", 0777, "/data/share"});
  const oci::FileTree tree = merged(base);
  EXPECT_EQ(tree.find("/usr/share")->type, oci::FileType::symlink);
  EXPECT_NE(tree.resolve("/usr/share/keep"), nullptr);
  EXPECT_EQ(tree.resolve(k_manifest_path)->path(), "/data/share/kif/manifest.sha256");
  EXPECT_EQ(tree.find("/data")->mode, 0750U);
}

TEST_F(LayerTest, TwoFilesThatLinksMakeOneAreRefused) {
  std::vector<TestFile> base = fake_system();
  base.push_back({"data/", "", 0755});
  base.push_back({"first", "", 0777, "/data"});
  base.push_back({"second", "", 0777, "/data"});
  m_files = {{"/first/file", "one", 0644}, {"/second/file", "other", 0644}};
  EXPECT_EQ(tar_on(base).error().message,
            "cannot put /first/file and /second/file into the image: its links make both of them /data/file");
  m_files[1].content = "one";
  EXPECT_TRUE(tar_on(base));
}

TEST_F(LayerTest, WhatIsInTheWayIsRefused) {
  std::vector<TestFile> dangling = fake_system();
  dangling.push_back({"etc", "", 0777, "/nowhere"});
  EXPECT_EQ(tar_on(dangling).error().message, "cannot put /etc into the image: /etc is a link that leads nowhere");
  std::vector<TestFile> file = fake_system();
  file.push_back({"usr/lib/kif", "not a folder"});
  EXPECT_EQ(tar_on(file).error().message,
            "cannot put /usr/lib/kif into the image: it has something else under that name");
  std::vector<TestFile> link = fake_system();
  link.push_back({"usr/lib/kif", "", 0777, "/tmp"});
  EXPECT_EQ(tar_on(link).error().code, ErrorCode::unsupported);
}

} // namespace
} // namespace kif::image
