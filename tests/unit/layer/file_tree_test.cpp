// SPDX-License-Identifier: Apache-2.0
// Layers over layers: whiteouts, replacement, links, and the reading of single files.
#include "layer/file_tree.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "layer/tree_builder.h"
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
      text += (text.empty() ? "" : " ") + entry.path();
      if (entry.type == FileType::directory && entry.path() != "/")
        text += "/";
      if (entry.type == FileType::symlink)
        text += "->" + entry.link_target;
      if (entry.type == FileType::regular)
        text += "=" + read_image_file(opened, *read, entry.path(), 1000).value() + "@" + std::to_string(entry.layer);
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

TEST(TreeBuilder, ALinksTargetMakesNoFolderWithTooLongAName) {
  TreeBuilder builder{Bounds{}};
  builder.begin_layer(0, "layer 1");
  TarEntry link;
  link.name = "a";
  link.type = TarType::symlink;
  TarEntry below;
  below.name = "a/b";
  for (const auto& [bytes, refusal] :
       {std::pair(255, ""), std::pair(256, "cannot unpack layer 1: entry \"a/b\" has a name longer than 255 bytes")}) {
    link.link_target = std::string(static_cast<std::size_t>(bytes), 'x');
    ASSERT_TRUE(builder.add(link, 0, 0));
    const auto added = builder.add(below, 1, 0);
    EXPECT_EQ(added ? "" : added.error().message, refusal) << bytes;
  }
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

// ko, Cloud Native Buildpacks and nix2container write names from the root; ".." is taken back before links are
// followed.
TEST_F(FileTreeTest, NamesFromTheRootAndNamesThatStayInside) {
  EXPECT_EQ(shape({{folder("/var/"), file("/ko-app/app", "1"), hard_link("/b", "/ko-app/app"),
                    hard_link("c", "/ko-app/../ko-app/app")},
                   {file("/ko-app/.wh.app", "")}}),
            "/ /b=1@0 /c=1@0 /ko-app/ /var/");
  EXPECT_EQ(shape({{file("opt/../opt/a"), file("/x/../y/./z/.."), folder("d/../e/")}}),
            "/ /e/ /opt/ /opt/a=x@0 /y=x@0");
  EXPECT_EQ(shape({{symlink("l", "a/b"), file("l/../f")}}), "/ /f=x@0 /l->a/b");
  EXPECT_EQ(shape({{file("/d/a"), folder("/k")}, {file("/d/../.wh.d", ""), file("k/../.wh.none", "")}}), "/ /k/");
  EXPECT_EQ(shape({{file("/d/a")}, {file("/.wh..wh..opq", ""), file("/n")}}), "/ /n=x@1");
}

TEST_F(FileTreeTest, EntriesAreInOrderAndFoldersThatAreOnlyImpliedAreThere) {
  const FileTree read = tree({{file("b/c/d"), file("b.x"), file("b/a"), file("a")}});
  std::vector<std::string> paths;
  for (const FileEntry& entry : read.entries())
    paths.push_back(entry.path());
  EXPECT_EQ(paths, (std::vector<std::string>{"/", "/a", "/b", "/b/a", "/b/c", "/b/c/d", "/b.x"}));
  EXPECT_EQ(read.find("/b/c")->mode, 0755U);
  EXPECT_EQ(read.find("/b/c")->mtime_seconds, 0);
}

TEST_F(FileTreeTest, PathsAreLookedUpAsTheKernelWould) {
  const FileTree read =
      tree({{folder("usr"), folder("usr/lib"), file("usr/lib/a"), symlink("lib", "usr/lib"), symlink("up", "../../usr"),
             symlink("loop", "loop"), symlink("abs", "/lib/a"), symlink("usr/back", "../lib/a")}});
  EXPECT_EQ(read.find("/lib")->type, FileType::symlink);
  EXPECT_EQ(read.resolve("/lib")->path(), "/usr/lib");
  EXPECT_EQ(read.find("lib/a")->path(), "/usr/lib/a");
  EXPECT_EQ(read.find("/up/lib/a")->path(), "/usr/lib/a");
  EXPECT_EQ(read.resolve("/abs")->path(), "/usr/lib/a");
  EXPECT_EQ(read.resolve("/usr/back")->path(), "/usr/lib/a");
  EXPECT_EQ(read.find("/usr/../../lib/a")->path(), "/usr/lib/a");
  EXPECT_EQ(read.resolve("/loop"), nullptr);
  EXPECT_EQ(read.find("/lib/a/b"), nullptr);
  EXPECT_EQ(read.find("/none"), nullptr);
  EXPECT_EQ(read.find("/")->path(), "/");
  EXPECT_EQ(read.find("")->path(), "/");
}

TEST_F(FileTreeTest, OnlyLayersWithWantedFilesAreReadAgain) {
  const Image opened = image({{file("a", "1")}, {file("b", "2")}});
  const FileTree read = FileTree::read(opened).value();
  // The lower layer's blob goes away: whoever reads it now fails.
  std::filesystem::remove(m_scene.path("x/blobs/sha256/" + opened.manifest().layers[0].descriptor.digest.hex()));
  std::string seen;
  const auto visit = [&](const FileEntry& entry, Reader& content) -> Result<void> {
    KIF_TRY(const std::string text, read_to_end(content, 100, "x"));
    seen += entry.path() + "=" + text;
    return {};
  };
  EXPECT_TRUE(visit_files(
      opened, read, [](const FileEntry& entry) { return entry.path() == "/b"; }, visit));
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

TEST_F(FileTreeTest, FilesAreMarkedByTheirFirstBytes) {
  const Image opened = image({{file("a", "\x7f"
                                         "ELF and more"),
                               file("b", "12"), hard_link("c", "a"), folder("d")}});
  FileTree::Options options;
  options.head_bytes = 4;
  std::string seen;
  options.mark = [&](std::span<const std::byte> head) {
    seen += std::string(reinterpret_cast<const char*>(head.data()), head.size()) + "|";
    return static_cast<std::uint8_t>(head.size());
  };
  options.keep = [](std::string_view, std::uint64_t) { return true; };
  const FileTree read = FileTree::read(opened, options).value();
  EXPECT_EQ(seen, "\x7f"
                  "ELF|12|");
  EXPECT_EQ(read.find("/a")->mark, 4);
  EXPECT_EQ(read.find("/b")->mark, 2);
  EXPECT_EQ(read.find("/c")->mark, 4);
  EXPECT_EQ(read.find("/d")->mark, 0);
  ASSERT_NE(read.content(*read.find("/a")), nullptr);
  EXPECT_EQ(*read.content(*read.find("/c")), "\x7f"
                                             "ELF and more")
      << "the head is part of what is kept";
}

// What a walk remembers of the entry before must not outlive what it led through.
TEST_F(FileTreeTest, AFolderThatIsReplacedIsForgotten) {
  EXPECT_EQ(shape({{file("d/s/a"), file("d", "file"), folder("d"), file("d/s/b")}}), "/ /d/ /d/s/ /d/s/b=x@0");
  EXPECT_EQ(shape({{file("d/s/a"), folder("e/s"), symlink("d", "e"), file("d/s/b")}}), "/ /d->e /e/ /e/s/ /e/s/b=x@0");
  EXPECT_EQ(shape({{folder("e"), symlink("l", "e"), file("l/a"), symlink("l", "f"), folder("f"), file("l/b")}}),
            "/ /e/ /e/a=x@0 /f/ /f/b=x@0 /l->f");
  EXPECT_EQ(shape({{file("d/s/a")}, {file("d/s/b"), file("d/.wh.s", ""), file("d/s/c")}}),
            "/ /d/ /d/s/ /d/s/b=x@1 /d/s/c=x@1");
  EXPECT_EQ(shape({{file("d/s/a")}, {folder("d/s"), file(".wh..wh..opq", ""), file("d/s/c")}}),
            "/ /d/ /d/s/ /d/s/c=x@1");
  EXPECT_EQ(shape({{file("a/b/c/1"), file("a/b/2"), file("a/b/c/3"), file("a/x/c/4"), file("5")}}),
            "/ /5=x@0 /a/ /a/b/ /a/b/2=x@0 /a/b/c/ /a/b/c/1=x@0 /a/b/c/3=x@0 /a/x/ /a/x/c/ /a/x/c/4=x@0");
}

TEST_F(FileTreeTest, PatternsMatchAsInAShell) {
  const FileTree read = tree({{file("etc/c.d/b.conf"), file("etc/c.d/a.conf"), file("etc/c.d/.h.conf"),
                               file("etc/c.d/x.txt"), symlink("etc/l.d", "c.d"), symlink("etc/c.d/l.conf", "/none"),
                               file("etc/c.d/[.conf"), folder("etc/c.d/s.conf"), file("etc/c.d/s.conf/t.conf")}});
  const auto matched = [&](std::string_view pattern, std::size_t max = 100) {
    std::string text;
    for (const FileEntry* entry : read.match(pattern, max))
      text += (text.empty() ? "" : " ") + entry->path();
    return text;
  };
  EXPECT_EQ(matched("/etc/c.d/*.conf"),
            "/etc/c.d/[.conf /etc/c.d/a.conf /etc/c.d/b.conf /etc/c.d/l.conf /etc/c.d/s.conf");
  EXPECT_EQ(matched("/etc/c.d/*.conf", 2), "/etc/c.d/[.conf /etc/c.d/a.conf");
  EXPECT_EQ(matched("//etc//l.d/[ab]*"), "/etc/c.d/a.conf /etc/c.d/b.conf") << "through a link";
  EXPECT_EQ(matched("/etc/c.d/[!a-l].txt"), "/etc/c.d/x.txt");
  EXPECT_EQ(matched("/etc/c.d/\\[.conf"), "/etc/c.d/[.conf");
  EXPECT_EQ(matched("/etc/c.d/[.conf"), "/etc/c.d/[.conf") << "no set without its end";
  EXPECT_EQ(matched("/*/?.d/s*/*"), "/etc/c.d/s.conf/t.conf");
  EXPECT_EQ(matched("/etc/c.d/.h*"), "/etc/c.d/.h.conf");
  EXPECT_EQ(matched("/etc/c.d/none*"), "");
  EXPECT_EQ(matched("etc/c.d/*"), "") << "not absolute";
  EXPECT_EQ(matched("/"), "");
}

// glibc's fnmatch(3) does not come back from this one.
TEST_F(FileTreeTest, APatternWithManyStarsEnds) {
  const FileTree read = tree({{file(std::string(255, 'a'))}});
  std::string pattern = "/";
  for (int i = 0; i < 60; ++i)
    pattern += "*a";
  EXPECT_EQ(read.match(pattern, 1).size(), 1U);
  EXPECT_EQ(read.match(pattern + "*b", 1).size(), 0U);
}

TEST_F(FileTreeTest, WhatIsKeptCostsNoFurtherPass) {
  const Image opened = image({{file("a", "1"), file("b", "2"), file("c", "34")}, {file("d", "5"), file("a", "6")}});
  FileTree::Options options;
  options.keep = [](std::string_view name, std::uint64_t size) { return name == "a" && size == 1; };
  const FileTree read = FileTree::read(opened, options).value();
  EXPECT_EQ(read.passes(), (std::vector<unsigned>{1, 1}));
  EXPECT_EQ(read_image_file(opened, read, "/a", 10).value(), "6") << "the upper one";
  EXPECT_EQ(read.passes(), (std::vector<unsigned>{1, 1}));
  ASSERT_TRUE(read.keep(opened, {read.find("/a"), read.find("/b"), read.find("/c"), read.find("/")}, 1));
  EXPECT_EQ(read.passes(), (std::vector<unsigned>{2, 1})) << "one pass for all";
  EXPECT_EQ(read_image_file(opened, read, "/b", 10).value(), "2");
  EXPECT_EQ(read.content(*read.find("/c")), nullptr) << "too large to be kept";
  EXPECT_EQ(read.content(*read.find("/")), nullptr);
  EXPECT_EQ(read.passes(), (std::vector<unsigned>{2, 1}));
  EXPECT_EQ(read_image_file(opened, read, "/c", 10).value(), "34");
  EXPECT_EQ(read.passes(), (std::vector<unsigned>{3, 1}));
}

TEST_F(FileTreeTest, AnImageIsReadWithAndWithoutALayerInOnePass) {
  const std::vector<Entries> layers = {
      {file("a", "1"), file("b", "1")}, {file("a", "2"), file(".wh.b", "")}, {file("c", "3")}};
  const Image rest = image({layers[0], layers[2]});
  const Image whole = image(layers);
  FileTree::Options options;
  options.keep = [](std::string_view, std::uint64_t) { return true; };
  const auto trees = FileTree::read_with_and_without(whole, 1, rest, options);
  ASSERT_TRUE(trees) << trees.error().message;
  EXPECT_EQ(*trees->whole.content(*trees->whole.find("/a")), "2");
  EXPECT_EQ(trees->whole.find("/b"), nullptr);
  EXPECT_EQ(trees->whole.find("/c")->layer, 2U);
  EXPECT_EQ(*trees->rest.content(*trees->rest.find("/a")), "1");
  EXPECT_NE(trees->rest.find("/b"), nullptr);
  EXPECT_EQ(trees->rest.find("/c")->layer, 1U) << "counted as in the other image";
  EXPECT_EQ(trees->whole.passes(), (std::vector<unsigned>{1, 1, 1}));
  EXPECT_EQ(trees->rest.passes(), (std::vector<unsigned>{1, 1}));
  EXPECT_EQ(trees->rest.entries().size(), FileTree::read(image({layers[0], layers[2]})).value().entries().size());
}

TEST_F(FileTreeTest, WhatIsKeptAndHowOftenALayerIsReadHaveBounds) {
  const Image opened = image({{file("a", std::string(1000, 'a')), file("b", std::string(1000, 'b')), file("c", "c")}});
  FileTree::Options options;
  options.bounds.max_kept_bytes = 2400;
  options.bounds.max_passes = 4;
  options.keep = [](std::string_view, std::uint64_t) { return true; };
  const FileTree read = FileTree::read(opened, options).value();
  EXPECT_NE(read.content(*read.find("/a")), nullptr);
  EXPECT_EQ(read.content(*read.find("/b")), nullptr) << "half of the bound is for what is asked for later";
  EXPECT_TRUE(read.keep(opened, {read.find("/b")}, 5000));
  EXPECT_EQ(
      m_scene.told(read.keep(opened, {read.find("/c")}, 5000).error()),
      "too_large: cannot read /c in oci:DIR/x:t: the files to be looked at are larger than the bound of 2400 bytes "
      "together");
  EXPECT_TRUE(read_image_file(opened, read, "/c", 10)) << "the fourth pass";
  EXPECT_EQ(m_scene.told(read_image_file(opened, read, "/c", 10).error()),
            "too_large: cannot read layer 1 of oci:DIR/x:t: it would be unpacked more than 4 times");
}

// What is read in a second pass counts only when the layer was verified to its end.
TEST_F(FileTreeTest, NothingIsKeptOfALayerThatChanged) {
  const Image opened = image({{file("a", "1"), file("z", "z")}});
  const FileTree read = FileTree::read(opened).value();
  write_file(m_scene.path("x/blobs/sha256/" + opened.manifest().layers[0].descriptor.digest.hex()),
             gzip_of(tar_of({file("a", "2"), file("z", "z")})));
  const auto kept = read.keep(opened, {read.find("/a")}, 10);
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code, ErrorCode::digest_mismatch);
  EXPECT_EQ(read.content(*read.find("/a")), nullptr);
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
