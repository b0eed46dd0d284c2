// SPDX-License-Identifier: Apache-2.0
// Images in archives: oci-archive and docker-archive, plain and compressed, right and wrong.
#include <functional>
#include <map>

#include <bzlib.h>
#include <gtest/gtest.h>
#include <lzma.h>

#include "layer/file_tree.h"
#include "oci/image.h"
#include "oci/media_type.h"
#include "test_image.h"

namespace kif::oci {
namespace {

using nlohmann::json;

// The files of a layout folder as archive entries, in byte order.
std::vector<TestEntry> entries_of(const std::filesystem::path& folder) {
  std::vector<TestEntry> entries;
  for (const auto& [name, content] : snapshot(folder))
    entries.push_back(std::filesystem::is_directory(folder / name) ? kif::oci::folder(name + "/")
                                                                   : file(name, content));
  return entries;
}

// What docker save writes of an image with these layers.
struct Docker {
  std::vector<std::string> tars;
  json config;
  json item;
  std::vector<TestEntry> entries;
};
Docker docker(const std::vector<std::string>& tars, const std::string& tag = "app:1") {
  Docker image{tars, config_of(tars), {}, {}};
  const std::string config = image.config.dump();
  const std::string config_name = Digest::of(config).hex() + ".json";
  image.entries.push_back(file(config_name, config));
  image.item = {{"Config", config_name}, {"RepoTags", {tag}}, {"Layers", json::array()}};
  for (std::size_t i = 0; i < tars.size(); ++i) {
    const std::string name = tag.substr(0, tag.find(':')) + std::to_string(i) + "/layer.tar";
    image.entries.push_back(file(name, tars[i]));
    image.item["Layers"].push_back(name);
  }
  return image;
}
std::string saved(const std::vector<Docker>& images) {
  std::vector<TestEntry> entries;
  json manifest = json::array();
  for (const Docker& image : images) {
    entries.insert(entries.end(), image.entries.begin(), image.entries.end());
    manifest.push_back(image.item);
  }
  entries.push_back(file("manifest.json", manifest.dump()));
  entries.push_back(file("repositories", R"({"app":{"1":"x"}})"));
  return tar_of(entries);
}

class ArchiveTest : public testing::Test {
protected:
  std::string opened(const std::string& name) {
    const auto image = open_image(m_scene.name(name));
    if (!image)
      return m_scene.told(image.error());
    const auto tree = FileTree::read(*image);
    if (!tree)
      return m_scene.told(tree.error());
    std::string files;
    for (const FileEntry& entry : tree->entries())
      files += (files.empty() ? "" : " ") + entry.path();
    return files;
  }
  std::string opened_archive(const std::string& tar, const std::string& name) {
    write_file(m_scene.path("x.tar"), tar);
    return opened(name);
  }

  Scene m_scene;
  const std::string m_one = tar_of({file("a", "1")});
  const std::string m_two = tar_of({file("b", "2")});
};

TEST_F(ArchiveTest, ALayoutInATarIsRead) {
  make_image(m_scene.path("x"), {m_one, m_two});
  const std::string tar = tar_of(entries_of(m_scene.path("x")));
  EXPECT_EQ(opened_archive(tar, "oci-archive:DIR/x.tar:t"), "/ /a /b");
  EXPECT_EQ(opened_archive(tar, "oci-archive:DIR/x.tar"), "/ /a /b");
  EXPECT_EQ(opened_archive(tar, "oci-archive:DIR/x.tar:u"),
            "not_found: cannot open oci-archive:DIR/x.tar:u: it has no tag \"u\"\nhint: there are: t");
  std::vector<TestEntry> dotted = entries_of(m_scene.path("x"));
  for (TestEntry& entry : dotted)
    entry.name = "./" + entry.name;
  EXPECT_EQ(opened_archive(tar_of(dotted), "oci-archive:DIR/x.tar"), "/ /a /b");
}

std::string bzip2_of(std::string text) {
  std::string result(text.size() + 1000, '\0');
  auto size = static_cast<unsigned>(result.size());
  EXPECT_EQ(::BZ2_bzBuffToBuffCompress(result.data(), &size, text.data(), static_cast<unsigned>(text.size()), 9, 0, 0),
            BZ_OK);
  result.resize(size);
  return result;
}

std::string xz_of(std::string_view text, std::uint32_t dictionary = 1U << 20U) {
  lzma_options_lzma options{};
  ::lzma_lzma_preset(&options, 6);
  options.dict_size = dictionary;
  lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
  std::string result(text.size() + 1000, '\0');
  std::size_t size = 0;
  EXPECT_EQ(::lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC64, nullptr,
                                        reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                        reinterpret_cast<std::uint8_t*>(result.data()), &size, result.size()),
            LZMA_OK);
  result.resize(size);
  return result;
}

TEST_F(ArchiveTest, CompressedArchivesAreReadByWhateverCompression) {
  make_image(m_scene.path("x"), {m_one, m_two});
  const std::string tar = tar_of(entries_of(m_scene.path("x")));
  const std::string zeros(8, '\0');
  const std::map<std::string, std::function<std::string(const std::string&)>> kinds = {
      {"gzip", gzip_of},
      {"bzip2", bzip2_of},
      {"xz", [](const std::string& text) { return xz_of(text); }},
      {"zstd", zstd_of}};
  for (const auto& [kind, compress] : kinds) {
    const std::string packed = compress(tar);
    ASSERT_LT(packed.size(), tar.size());
    EXPECT_EQ(opened_archive(packed, "oci-archive:DIR/x.tar"), "/ /a /b") << kind;
    EXPECT_EQ(opened_archive(compress(tar.substr(0, 700)) + compress(tar.substr(700)), "oci-archive:DIR/x.tar"),
              "/ /a /b")
        << kind << ", one after the other";
    EXPECT_EQ(opened_archive(packed.substr(0, packed.size() / 2), "oci-archive:DIR/x.tar"),
              "invalid_input: cannot decompress oci-archive:DIR/x.tar: " + kind + ": truncated");
    const std::string rubbish = opened_archive(packed + "rubbish", "oci-archive:DIR/x.tar");
    EXPECT_TRUE(rubbish.starts_with("invalid_input: cannot decompress oci-archive:DIR/x.tar: " + kind + ": "))
        << rubbish;
    std::string spoiled = packed;
    spoiled[spoiled.size() / 2] ^= 1;
    EXPECT_NE(opened_archive(spoiled, "oci-archive:DIR/x.tar"), "/ /a /b") << kind;
  }
  EXPECT_EQ(opened_archive(xz_of(tar.substr(0, 700)) + zeros + xz_of(tar.substr(700)) + zeros, "oci-archive:DIR/x.tar"),
            "/ /a /b")
      << "xz pads between streams";
  EXPECT_EQ(opened_archive(xz_of(tar, 1U << 29U), "oci-archive:DIR/x.tar"),
            "invalid_input: cannot decompress oci-archive:DIR/x.tar: xz: it asks for more than 128 MiB of memory");
}

// libarchive passed over the checksum at the end.
TEST_F(ArchiveTest, ChecksumsOfCompressedArchivesCount) {
  make_image(m_scene.path("x"), {m_one, m_two});
  std::string packed = gzip_of(tar_of(entries_of(m_scene.path("x"))));
  packed[packed.size() - 6] ^= 1;
  EXPECT_EQ(opened_archive(packed, "oci-archive:DIR/x.tar"),
            "invalid_input: cannot decompress oci-archive:DIR/x.tar: gzip: incorrect data check");
}

TEST_F(ArchiveTest, WhatIsNoArchiveIsSaid) {
  EXPECT_EQ(opened("oci-archive:DIR/none.tar"),
            "not_found: cannot open oci-archive:DIR/none.tar: cannot open DIR/none.tar: No such file or directory");
  EXPECT_EQ(opened("oci-archive:DIR/canary"),
            "invalid_input: cannot open oci-archive:DIR/canary: DIR/canary is not a regular file");
  EXPECT_EQ(opened_archive("", "oci-archive:DIR/x.tar"),
            "invalid_input: cannot read oci-archive:DIR/x.tar: the file is empty");
  EXPECT_EQ(opened_archive(std::string(5000, 'x'), "oci-archive:DIR/x.tar"),
            "invalid_input: cannot read oci-archive:DIR/x.tar: neither a tar archive nor a compressed one");
  EXPECT_EQ(opened_archive(tar_of({file("a")}), "oci-archive:DIR/x.tar"),
            "invalid_input: cannot open oci-archive:DIR/x.tar: the archive holds no OCI image layout");
  EXPECT_EQ(opened_archive(tar_of({file("a")}), "docker-archive:DIR/x.tar"),
            "invalid_input: cannot open docker-archive:DIR/x.tar: the archive holds no manifest.json");
  EXPECT_EQ(opened_archive(saved({docker({m_one})}), "oci-archive:DIR/x.tar"),
            "invalid_input: cannot open oci-archive:DIR/x.tar: the archive holds no OCI image layout\n"
            "hint: did you mean \"docker-archive\"?");
  make_image(m_scene.path("x"), {m_one});
  EXPECT_EQ(opened_archive(tar_of(entries_of(m_scene.path("x"))), "docker-archive:DIR/x.tar"),
            "invalid_input: cannot open docker-archive:DIR/x.tar: the archive holds no manifest.json\n"
            "hint: did you mean \"oci-archive\"?");
}

TEST_F(ArchiveTest, TruncatedAndSpoiledArchivesAreRefused) {
  make_image(m_scene.path("x"), {m_one, m_two});
  const std::string tar = tar_of(entries_of(m_scene.path("x")));
  EXPECT_EQ(opened_archive(tar.substr(0, 1540), "oci-archive:DIR/x.tar"),
            "invalid_input: cannot read oci-archive:DIR/x.tar: truncated at byte 1540");
  std::vector<TestEntry> twice = entries_of(m_scene.path("x"));
  twice.push_back(file("index.json", "{}"));
  EXPECT_EQ(opened_archive(tar_of(twice), "oci-archive:DIR/x.tar"),
            "invalid_input: cannot read oci-archive:DIR/x.tar: it holds index.json twice");
  TestEntry huge = file("huge");
  huge.claimed_size = 077777777777;
  EXPECT_EQ(opened_archive(tar_of({huge}), "oci-archive:DIR/x.tar"),
            "invalid_input: cannot read oci-archive:DIR/x.tar: truncated at byte 2048");
  std::vector<TestEntry> fewer = entries_of(m_scene.path("x"));
  const std::string missing = Digest::of(gzip_of(m_two)).hex();
  std::erase_if(fewer, [&](const TestEntry& entry) { return entry.name.ends_with(missing); });
  EXPECT_EQ(opened_archive(tar_of(fewer), "oci-archive:DIR/x.tar:t"),
            "not_found: cannot read layer 2 of oci-archive:DIR/x.tar:t: blob sha256:" + missing + " is missing");
}

TEST_F(ArchiveTest, WhatDockerSavesIsRead) {
  const std::string tar = saved({docker({m_one, m_two})});
  EXPECT_EQ(opened_archive(tar, "docker-archive:DIR/x.tar"), "/ /a /b");
  EXPECT_EQ(opened_archive(tar, "docker-archive:DIR/x.tar:app:1"), "/ /a /b");
  EXPECT_EQ(opened_archive(tar, "docker-archive:DIR/x.tar:docker.io/library/app:1"), "/ /a /b");
  EXPECT_EQ(opened_archive(tar, "docker-archive:DIR/x.tar:other"),
            "not_found: cannot open docker-archive:DIR/x.tar:docker.io/library/other:latest: the archive holds no "
            "image of that "
            "name\nhint: there are: docker.io/library/app:1");
  const Image image = open_image(m_scene.name("docker-archive:DIR/x.tar")).value();
  EXPECT_FALSE(image.manifest_descriptor());
  EXPECT_EQ(image.config().command, std::vector<std::string>{"/bin/sh"});
  EXPECT_EQ(opened_archive(gzip_of(tar), "docker-archive:DIR/x.tar"), "/ /a /b");
}

TEST_F(ArchiveTest, OneOfSeveralSavedImagesIsChosenByName) {
  const std::string tar = saved({docker({m_one}, "one:1"), docker({m_two}, "two:2")});
  EXPECT_EQ(opened_archive(tar, "docker-archive:DIR/x.tar:one:1"), "/ /a");
  EXPECT_EQ(opened_archive(tar, "docker-archive:DIR/x.tar"),
            "not_found: cannot open docker-archive:DIR/x.tar: it holds more than one image, name one\n"
            "hint: there are: docker.io/library/one:1, docker.io/library/two:2");
}

TEST_F(ArchiveTest, LayersMayBeLinksAndCompressed) {
  Docker image = docker({m_one, m_two});
  image.entries[1] = symlink("app0/layer.tar", "../other/layer.tar");
  image.entries.push_back(file("other/layer.tar", m_one));
  image.entries[2].content = zstd_of(m_two);
  EXPECT_EQ(opened_archive(saved({image}), "docker-archive:DIR/x.tar"), "/ /a /b");
  image.entries[2].content = gzip_of(m_two);
  EXPECT_EQ(opened_archive(saved({image}), "docker-archive:DIR/x.tar"), "/ /a /b");
  EXPECT_EQ(open_image(m_scene.name("docker-archive:DIR/x.tar")).value().manifest().layers[1].descriptor.media_type,
            k_oci_layer_gzip);
}

struct Wrong {
  const char* what;
  std::function<void(Docker&)> spoil;
  std::string told;
};

TEST_F(ArchiveTest, WhatIsWrongWithASavedImageIsSaid) {
  const std::string x = "docker-archive:DIR/x.tar";
  const std::string config = config_of({m_one}).dump();
  const Wrong cases[] = {
      {"config of another name", [](Docker& d) { d.entries[0].content += " "; },
       "digest_mismatch: cannot verify the configuration of " + x +
           ": digest mismatch\nexpected: " + Digest::of(config).text() + "\ngot: " + Digest::of(config + " ").text()},
      {"layer of another content", [&](Docker& d) { d.entries[1].content = m_two; },
       "digest_mismatch: cannot verify layer 1 of " + x + ": digest mismatch\nexpected: " + Digest::of(m_one).text() +
           "\ngot: " + Digest::of(m_two).text()},
      {"compressed layer of another content", [&](Docker& d) { d.entries[1].content = gzip_of(m_two); },
       "digest_mismatch: cannot verify layer 1 of " + x +
           ": its tar has another diff_id than the configuration says\nexpected: " + Digest::of(m_one).text() +
           "\ngot: " + Digest::of(m_two).text()},
      {"layer missing", [](Docker& d) { d.entries.pop_back(); },
       "not_found: cannot read " + x + ": it holds no file app0/layer.tar"},
      {"layers of another number", [](Docker& d) { d.item["Layers"].push_back("app0/layer.tar"); },
       "invalid_input: cannot open " + x +
           ": its manifest and its configuration disagree\nexpected: 2 diff_ids, one for each layer\ngot: 1"},
      {"layer out of the archive",
       [](Docker& d) { d.entries[1] = symlink("app0/layer.tar", "../../../../etc/passwd"); },
       "not_found: cannot read " + x + ": it holds no file ../../../etc/passwd"},
      {"link to a link",
       [](Docker& d) {
         d.entries[1] = symlink("app0/layer.tar", "b");
         d.entries.push_back(symlink("app0/b", "layer.tar"));
       },
       "invalid_input: cannot read " + x + ": app0/layer.tar is a link to a link"},
      {"layers no strings", [](Docker& d) { d.item["Layers"] = {1}; },
       "invalid_input: cannot read manifest.json of " + x + ": [0].Layers[0] is a number, not a string"},
  };
  for (const Wrong& wrong : cases) {
    Docker image = docker({m_one});
    wrong.spoil(image);
    EXPECT_EQ(opened_archive(saved({image}), "docker-archive:DIR/x.tar"), wrong.told) << wrong.what;
  }
  EXPECT_EQ(opened_archive(tar_of({file("manifest.json", "{}")}), x),
            "invalid_input: cannot read manifest.json of " + x + ": it is not an array");
  EXPECT_EQ(opened_archive(tar_of({file("manifest.json", "[]")}), x),
            "not_found: cannot open " + x + ": it holds no image");
  EXPECT_EQ(m_scene.names(), (std::vector<std::string>{"canary", "x.tar"}));
  EXPECT_TRUE(m_scene.canary_lives());
}

} // namespace
} // namespace kif::oci
