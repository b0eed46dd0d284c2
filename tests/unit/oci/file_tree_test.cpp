// SPDX-License-Identifier: Apache-2.0
// Layers over layers: whiteouts, replacement, links, and the reading of single files.
#include "oci/file_tree.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "test_image.h"

namespace kif::oci {
namespace {

using Entries = std::vector<TestEntry>;

class FileTreeTest : public testing::Test {
protected:
  Image image(const std::vector<Entries>& layers) {
    std::vector<std::string> tars;
    for (const Entries& entries : layers)
      tars.push_back(tar_of(entries));
    std::filesystem::remove_all(m_scene.path("x"));
    return open_image(make_image(m_scene.path("x"), tars)).value();
  }
  FileTree tree(const std::vector<Entries>& layers) {
    auto read = FileTree::read(image(layers));
    EXPECT_TRUE(read) << read.error().message;
    return std::move(*read);
  }
  // "/a/ /a/b=content@0 /l->x", with the layer of each file's content.
  std::string shape(const std::vector<Entries>& layers) {
    const Image opened = image(layers);
    auto read = FileTree::read(opened);
    if (!read)
      return m_scene.told(read.error());
    std::string text;
    for (const FileEntry& entry : read->entries()) {
      text += (text.empty() ? "" : " ") + entry.path;
      if (entry.type == FileType::directory && entry.path != "/")
        text += "/";
      if (entry.type == FileType::symlink)
        text += "->" + entry.link_target;
      if (entry.type == FileType::regular)
        text += "=" + read_image_file(opened, *read, entry.path, 1000).value() + "@" + std::to_string(entry.layer);
    }
    return text;
  }

  Scene m_scene;
};

TEST_F(FileTreeTest, UpperLayersGoOverLowerOnes) {
  EXPECT_EQ(shape({{folder("d"), file("d/a", "1"), file("d/b", "1")}, {file("d/b", "2"), file("e", "2")}}),
            "/ /d/ /d/a=1@0 /d/b=2@1 /e=2@1");
}

TEST_F(FileTreeTest, FoldersAndFilesTakeEachOthersPlace) {
  EXPECT_EQ(shape({{folder("d"), file("d/a")}, {file("d", "2")}}), "/ /d=2@1");
  EXPECT_EQ(shape({{file("d", "1")}, {folder("d"), file("d/a", "2")}}), "/ /d/ /d/a=2@1");
  EXPECT_EQ(shape({{folder("d"), file("d/a")}, {symlink("d", "e")}}), "/ /d->e");
  EXPECT_EQ(shape({{symlink("d", "e")}, {folder("d"), file("d/a", "2")}}), "/ /d/ /d/a=2@1");
}

TEST_F(FileTreeTest, AFolderOverAFolderKeepsWhatIsInIt) {
  TestEntry again = folder("d");
  again.mode = 0700;
  const FileTree read = tree({{folder("d"), file("d/a")}, {again}});
  EXPECT_EQ(read.find("/d")->mode, 0700U);
  EXPECT_NE(read.find("/d/a"), nullptr);
}

TEST_F(FileTreeTest, AWhiteoutHidesWhatIsBelow) {
  EXPECT_EQ(shape({{folder("d"), file("d/a"), file("d/b", "1")}, {file("d/.wh.a", "")}}), "/ /d/ /d/b=1@0");
  EXPECT_EQ(shape({{folder("d"), file("d/a")}, {file(".wh.d", "")}}), "/");
  EXPECT_EQ(shape({{file("a")}, {file(".wh.b", ""), file("none/.wh.c", "")}}), "/ /a=x@0") << "of nothing: no harm";
  EXPECT_EQ(shape({{folder("d"), file("d/a")}, {file("d", "2"), file("d/.wh.a", ""), file("d/s/.wh.b", "")}}),
            "/ /d=2@1")
      << "in a folder that became a file, as umoci writes it";
}

TEST_F(FileTreeTest, AWhiteoutSparesItsOwnLayerInWhateverOrder) {
  const Entries lower = {folder("d"), file("d/a", "1"), folder("d/s"), file("d/s/b", "1")};
  EXPECT_EQ(shape({lower, {file(".wh.d", ""), folder("d"), file("d/n", "2")}}), "/ /d/ /d/n=2@1");
  EXPECT_EQ(shape({lower, {folder("d"), file("d/n", "2"), file(".wh.d", "")}}), "/ /d/ /d/n=2@1");
  EXPECT_EQ(shape({lower, {file("d/s/n", "2"), file(".wh.d", "")}}), "/ /d/ /d/s/ /d/s/n=2@1");
  EXPECT_EQ(shape({lower, {file("d/a", "2"), file("d/.wh.a", "")}}), "/ /d/ /d/a=2@1 /d/s/ /d/s/b=1@0");
}

TEST_F(FileTreeTest, AnOpaqueFolderHidesLowerLayersOnlyInWhateverOrder) {
  const Entries lower = {folder("d"), file("d/a", "1"), folder("d/s"), file("d/s/b", "1"), file("e", "1")};
  const std::string after = "/ /d/ /d/n=2@1 /e=1@0";
  EXPECT_EQ(shape({lower, {folder("d"), file("d/.wh..wh..opq", ""), file("d/n", "2")}}), after);
  EXPECT_EQ(shape({lower, {folder("d"), file("d/n", "2"), file("d/.wh..wh..opq", "")}}), after);
  EXPECT_EQ(shape({lower, {file("d/n", "2"), file("d/.wh..wh..opq", "")}}), after);
  EXPECT_EQ(shape({lower, {file("d/s/n", "2"), file("d/.wh..wh..opq", "")}}), "/ /d/ /d/s/ /d/s/n=2@1 /e=1@0");
  EXPECT_EQ(shape({lower, {file(".wh..wh..opq", ""), file("n", "2")}}), "/ /n=2@1") << "of the root";
  EXPECT_EQ(shape({lower, {folder("d"), file("d/.wh..wh..opq", "")}, {file("d/z", "3")}}), "/ /d/ /d/z=3@2 /e=1@0");
}

TEST_F(FileTreeTest, AFolderThatAWhiteoutEmptiedIsANewOne) {
  TestEntry private_folder = folder("d");
  private_folder.mode = 0700;
  for (const Entries& upper : {Entries{file(".wh.d", ""), file("d/n")}, Entries{file("d/n"), file(".wh.d", "")}})
    EXPECT_EQ(tree({{private_folder, file("d/a")}, upper}).find("/d")->mode, 0755U);
}

TEST_F(FileTreeTest, WhatAufsKeptForItselfIsLeftOut) {
  EXPECT_EQ(shape({{folder(".wh..wh.plnk"), file(".wh..wh.plnk/1.2"), file(".wh..wh.aufs", ""), file("a")}}),
            "/ /a=x@0");
}

TEST_F(FileTreeTest, HardLinksShareTheirContentAcrossLayers) {
  EXPECT_EQ(shape({{file("a", "1")}, {hard_link("b", "a")}, {file("a", "3")}}), "/ /a=3@2 /b=1@0");
  EXPECT_EQ(shape({{file("a", "1"), hard_link("b", "a")}, {file(".wh.a", "")}}), "/ /b=1@0");
  EXPECT_EQ(shape({{file("a", "1"), hard_link("b", "/a"), hard_link("b", "b")}}), "/ /a=1@0 /b=1@0");
  const FileTree read = tree({{file("a", "1"), hard_link("b", "a"), file("c", "1")}});
  EXPECT_EQ(read.find("/a")->ordinal, read.find("/b")->ordinal);
  EXPECT_NE(read.find("/a")->ordinal, read.find("/c")->ordinal);
}

TEST_F(FileTreeTest, EntriesBehindASymlinkLandWhereItLeadsInsideTheImage) {
  const Entries merged_usr = {folder("usr"), folder("usr/lib"), symlink("lib", "usr/lib")};
  EXPECT_EQ(shape({merged_usr, {file("lib/a", "2")}}), "/ /lib->usr/lib /usr/ /usr/lib/ /usr/lib/a=2@1");
  EXPECT_EQ(shape({{folder("run"), folder("var"), symlink("var/run", "/run")}, {file("var/run/a", "2")}}),
            "/ /run/ /run/a=2@1 /var/ /var/run->/run");
  EXPECT_EQ(shape({merged_usr, {file("usr/lib/a", "2")}, {file("lib/.wh.a", "")}}), "/ /lib->usr/lib /usr/ /usr/lib/");
  EXPECT_EQ(shape({{symlink("a", "not/there")}, {file("a/b", "2")}}),
            "/ /a->not/there /not/ /not/there/ /not/there/b=2@1");
}

TEST_F(FileTreeTest, NamesInAllTheirSpellings) {
  EXPECT_EQ(shape({{folder("./"), folder("./d/"), file("./d//a"), file("d/./b")}}), "/ /d/ /d/a=x@0 /d/b=x@0");
  TestEntry root = folder("/"); // as kaniko writes it
  root.mode = 0700;
  EXPECT_EQ(tree({{root}}).find("/")->mode, 0700U);
}

TEST_F(FileTreeTest, EntriesAreInOrderAndFoldersThatAreOnlyImpliedAreThere) {
  const FileTree read = tree({{file("b/c/d"), file("b.x"), file("b/a"), file("a")}});
  std::vector<std::string> paths;
  for (const FileEntry& entry : read.entries())
    paths.push_back(entry.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"/", "/a", "/b", "/b/a", "/b/c", "/b/c/d", "/b.x"}));
  EXPECT_EQ(read.find("/b/c")->mode, 0755U);
  EXPECT_EQ(read.find("/b/c")->mtime_seconds, 0);
}

TEST_F(FileTreeTest, PathsAreLookedUpAsTheKernelWould) {
  const FileTree read =
      tree({{folder("usr"), folder("usr/lib"), file("usr/lib/a"), symlink("lib", "usr/lib"), symlink("up", "../../usr"),
             symlink("loop", "loop"), symlink("abs", "/lib/a"), symlink("usr/back", "../lib/a")}});
  EXPECT_EQ(read.find("/lib")->type, FileType::symlink);
  EXPECT_EQ(read.resolve("/lib")->path, "/usr/lib");
  EXPECT_EQ(read.find("lib/a")->path, "/usr/lib/a");
  EXPECT_EQ(read.find("/up/lib/a")->path, "/usr/lib/a");
  EXPECT_EQ(read.resolve("/abs")->path, "/usr/lib/a");
  EXPECT_EQ(read.resolve("/usr/back")->path, "/usr/lib/a");
  EXPECT_EQ(read.find("/usr/../../lib/a")->path, "/usr/lib/a");
  EXPECT_EQ(read.resolve("/loop"), nullptr);
  EXPECT_EQ(read.find("/lib/a/b"), nullptr);
  EXPECT_EQ(read.find("/none"), nullptr);
  EXPECT_EQ(read.find("/")->path, "/");
  EXPECT_EQ(read.find("")->path, "/");
}

TEST_F(FileTreeTest, OnlyLayersWithWantedFilesAreReadAgain) {
  const Image opened = image({{file("a", "1")}, {file("b", "2")}});
  const FileTree read = FileTree::read(opened).value();
  // The lower layer's blob goes away: whoever reads it now fails.
  std::filesystem::remove(m_scene.path("x/blobs/sha256/" + opened.manifest().layers[0].descriptor.digest.hex()));
  std::string seen;
  const auto visit = [&](const FileEntry& entry, Reader& content) -> Result<void> {
    KIF_TRY(const std::string text, read_to_end(content, 100, "x"));
    seen += entry.path + "=" + text;
    return {};
  };
  EXPECT_TRUE(visit_files(
      opened, read, [](const FileEntry& entry) { return entry.path == "/b"; }, visit));
  EXPECT_EQ(seen, "/b=2");
  EXPECT_FALSE(visit_files(
      opened, read, [](const FileEntry&) { return true; }, visit));
}

TEST_F(FileTreeTest, ALayerThatChangesBetweenTwoReadingsIsNoticed) {
  const Image opened = image({{file("a", "1")}});
  const FileTree read = FileTree::read(opened).value();
  const auto blob = m_scene.path("x/blobs/sha256/" + opened.manifest().layers[0].descriptor.digest.hex());
  write_file(blob, gzip_of(tar_of({file("a", "2")})));
  const auto text = read_image_file(opened, read, "/a", 100);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::digest_mismatch);
}

TEST_F(FileTreeTest, HeadsAreKeptWhereAskedFor) {
  const Image opened = image({{file("a", "\x7f"
                                         "ELF and more"),
                               file("b", "12"), hard_link("c", "a")}});
  FileTree::Options options;
  options.head_bytes = 4;
  const FileTree read = FileTree::read(opened, options).value();
  EXPECT_EQ(read.find("/a")->head, "\x7f"
                                   "ELF");
  EXPECT_EQ(read.find("/b")->head, "12");
  EXPECT_EQ(read.find("/c")->head, "\x7f"
                                   "ELF");
}

TEST_F(FileTreeTest, SingleFilesAreReadOrRefused) {
  const Image opened = image({{folder("d"), file("d/a", "12345"), symlink("l", "d/a")}});
  const FileTree read = FileTree::read(opened).value();
  EXPECT_EQ(read_image_file(opened, read, "/l", 5).value(), "12345");
  EXPECT_EQ(m_scene.told(read_image_file(opened, read, "/l", 4).error()),
            "too_large: cannot read /l in oci:DIR/x:t: larger than the bound of 4 bytes");
  EXPECT_EQ(m_scene.told(read_image_file(opened, read, "/none", 4).error()),
            "not_found: cannot read /none in oci:DIR/x:t: no such file");
  EXPECT_EQ(m_scene.told(read_image_file(opened, read, "/d", 4).error()),
            "invalid_input: cannot read /d in oci:DIR/x:t: not a regular file");
}

} // namespace
} // namespace kif::oci
