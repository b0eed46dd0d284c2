// SPDX-License-Identifier: Apache-2.0
// Images made to do harm, each with the exact error. Each is walked and, where walking was good, unpacked; after each
// the folder holds what it held before, and the canary beside the target is as it was.
#include <functional>

#include <gtest/gtest.h>

#include "layer/extract.h"
#include "layer/file_tree.h"
#include "oci/media_type.h"
#include "test_image.h"

namespace kif::oci {
namespace {

using nlohmann::json;

struct Hostile {
  const char* what;
  std::function<void(const TestLayout&)> make;
  std::string told;
  std::string name = "oci:DIR/x:t";
  Bounds bounds = {};
};

std::function<void(const TestLayout&)> layers(std::vector<std::vector<TestEntry>> entries) {
  return [entries](const TestLayout& layout) {
    std::vector<std::string> tars;
    for (const auto& layer : entries)
      tars.push_back(tar_of(layer));
    layout.index({put_image(layout, tars)});
  };
}

// One layer whose blob is `stored` while configuration and descriptor speak of what they are given.
std::function<void(const TestLayout&)> one_layer(std::string_view media_type, const std::string& stored,
                                                 const std::string& configured_tar) {
  return [=](const TestLayout& layout) {
    const json manifest = {{"schemaVersion", 2},
                           {"config", layout.put_json(k_oci_config, config_of({configured_tar}))},
                           {"layers", {layout.put(media_type, stored)}}};
    layout.index({layout.put_json(k_oci_manifest, manifest)});
  };
}

// An image with one file, whose layer blob is then changed in place.
std::function<void(const TestLayout&)> spoiled(const std::function<void(std::string&)>& spoil) {
  return [=](const TestLayout& layout) {
    const std::string blob = gzip_of(tar_of({file("a", std::string(100'000, 'a'))}));
    const std::string tar = tar_of({file("a", std::string(100'000, 'a'))});
    const json descriptor = layout.put(k_oci_layer_gzip, blob);
    const json manifest = {
        {"schemaVersion", 2}, {"config", layout.put_json(k_oci_config, config_of({tar}))}, {"layers", {descriptor}}};
    layout.index({layout.put_json(k_oci_manifest, manifest)});
    std::string changed = blob;
    spoil(changed);
    write_file(layout.blob_path(descriptor), changed);
  };
}

TestEntry claiming(TestEntry entry, std::uint64_t size) {
  entry.claimed_size = size;
  return entry;
}

TestEntry owned_by(TestEntry entry, std::uint64_t uid) {
  entry.uid = uid;
  return entry;
}

std::vector<TestEntry> many(std::size_t count) {
  std::vector<TestEntry> entries;
  for (std::size_t i = 0; i < count; ++i)
    entries.push_back(file("f" + std::to_string(i)));
  return entries;
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i)
    result += text;
  return result;
}

std::string unpack(const std::string& entry, const std::string& reason, const std::string& code = "invalid_input") {
  return code + ": cannot unpack layer 1 of oci:DIR/x:t: entry \"" + entry + "\" " + reason;
}

std::vector<Hostile> hostile_images() {
  const std::string tar = tar_of({file("a")});
  const std::string blob = gzip_of(tar_of({file("a", std::string(100'000, 'a'))}));
  const std::string other = tar_of({file("b")});
  Bounds ten_entries;
  ten_entries.max_entries = 10;
  Bounds ten_name_bytes;
  ten_name_bytes.max_name_bytes = 10;
  Bounds hundred_entries;
  hundred_entries.max_entries = 100;
  Bounds small;
  small.max_total_bytes = 1'000'000;
  return {
      // Names.
      {"parent folder", layers({{file("../canary/file", "dead")}}), unpack("../canary/file", "leads out of the image")},
      {"parent folder inside", layers({{file("a/../../canary/file")}}),
       unpack("a/../../canary/file", "leads out of the image")},
      {"parent folder by PAX", layers({{pax({{"path", "../x"}}), file("a")}}),
       unpack("../x", "leads out of the image")},
      {"absolute, above the root", layers({{file("/../canary/file", "dead")}}),
       unpack("/../canary/file", "leads out of the image")},
      {"parent folder of a whiteout", layers({{file("../.wh.canary", "")}}),
       unpack("../.wh.canary", "leads out of the image")},
      {"no name", layers({{file("./")}}), unpack("./", "has no name")},
      {"long name", layers({{pax({{"path", std::string(256, 'n')}}), file("a")}}),
       unpack(std::string(200, 'n') + "…", "has a name longer than 255 bytes")},
      {"long path", layers({{pax({{"path", repeated("abcdefgh/", 500)}}), file("a")}}),
       unpack(repeated("abcdefgh/", 500).substr(0, 200) + "…", "has a longer path than 4096 bytes", "too_large")},
      {"deep path", layers({{pax({{"path", repeated("d/", 300)}}), file("a")}}),
       unpack(repeated("d/", 100) + "…", "lies deeper than 256 folders", "too_large")},
      {"terminal's control characters", layers({{file("\x1b[2J/../../x")}}),
       unpack("\x1b[2J/../../x", "leads out of the image")},
      // Links.
      {"symlink out, file through it", layers({{symlink("s", "../../../../../../canary"), file("s/file", "dead")}}),
       unpack("s/file", "leads out of the image through a symbolic link")},
      {"symlink out in a lower layer", layers({{symlink("s", "..")}, {file("s/canary/file", "dead")}}),
       "invalid_input: cannot unpack layer 2 of oci:DIR/x:t: entry \"s/canary/file\" leads out of the image through a "
       "symbolic "
       "link"},
      {"symlink loop", layers({{symlink("a", "b"), symlink("b", "a"), file("a/x")}}),
       unpack("a/x", "lies behind too many symbolic links")},
      {"file as folder", layers({{file("a"), file("a/x")}}), unpack("a/x", "lies in \"a\", which is not a folder")},
      {"hard link out", layers({{hard_link("h", "../canary/file")}}),
       unpack("h", "is a hard link to \"../canary/file\", which leads out of the image")},
      {"hard link to the host's file", layers({{hard_link("h", "/etc/passwd")}}),
       unpack("h", "is a hard link to \"/etc/passwd\", which the image does not hold")},
      {"hard link through a symlink out", layers({{symlink("s", "../.."), hard_link("h", "s/canary/file")}}),
       unpack("h", "leads out of the image through a symbolic link")},
      {"hard link to a later file", layers({{hard_link("h", "a"), file("a")}}),
       unpack("h", "is a hard link to \"a\", which the image does not hold")},
      {"hard link to a folder", layers({{folder("d"), hard_link("h", "d")}}),
       unpack("h", "is a hard link to \"d\", which is a folder")},
      {"hard link to the root", layers({{hard_link("h", "./")}}), unpack("h", "is a hard link to the root")},
      {"symlink to nothing", layers({{symlink("s", "")}}),
       unpack("s", "is a symbolic link to nothing, or to too long a path")},
      // Whiteouts.
      {"whiteout of the parent", layers({{file(".wh...", "")}}), unpack(".wh...", "is a whiteout of no file")},
      {"whiteout of nothing", layers({{file("d/.wh.", "")}}), unpack("d/.wh.", "is a whiteout of no file")},
      {"whiteout through a symlink out", layers({{symlink("s", "../../canary"), file("s/.wh.file", "")}}),
       unpack("s/.wh.file", "leads out of the image through a symbolic link")},
      {"file in a whiteout", layers({{file(".wh.d/x")}}), unpack(".wh.d/x", "lies in a whiteout")},
      // Numbers.
      {"owner −1", layers({{pax({{"uid", "4294967295"}}), owned_by(file("a"), 0)}}),
       unpack("a", "has an owner that Linux cannot have")},
      {"huge claimed size", layers({{claiming(file("a"), 077777777777)}}),
       "invalid_input: cannot read layer 1 of oci:DIR/x:t: truncated at byte 2048"},
      {"too many entries", layers({many(11)}), "too_large: cannot unpack layer 1 of oci:DIR/x:t: more than 10 entries",
       "oci:DIR/x:t", ten_entries},
      {"too long names together", layers({{file("abcd"), folder("d"), symlink("ab", "abcd")}}),
       "too_large: cannot unpack layer 1 of oci:DIR/x:t: its names and link targets are longer than 10 bytes together",
       "oci:DIR/x:t", ten_name_bytes},
      {"too many entries over all layers", layers({many(6), many(6)}),
       "too_large: cannot unpack layer 2 of oci:DIR/x:t: more than 10 entries", "oci:DIR/x:t", ten_entries},
      {"too many implied folders", layers({{file("1/2/3/4/5/6/7/8/9/10/11")}}),
       "too_large: cannot unpack layer 1 of oci:DIR/x:t: more than 10 entries", "oci:DIR/x:t", ten_entries},
      {"too large when unpacked", layers({{file("a", std::string(1'000'000, '\0'))}}),
       "too_large: cannot unpack layer 1 of oci:DIR/x:t: the image is larger than the bound of 1000000 bytes",
       "oci:DIR/x:t", small},
      {"too large over all layers",
       layers({{file("a", std::string(600'000, '\0'))}, {file("b", std::string(600'000, '\0'))}}),
       "too_large: cannot unpack layer 2 of oci:DIR/x:t: the image is larger than the bound of 1000000 bytes",
       "oci:DIR/x:t", small},
      {"too large behind the archive's end",
       one_layer(k_oci_layer_gzip, gzip_of(tar + std::string(2'000'000, '\0')), tar),
       "too_large: cannot unpack layer 1 of oci:DIR/x:t: the image is larger than the bound of 1000000 bytes",
       "oci:DIR/x:t", small},
      {"large extended header", layers({{pax({{"comment", std::string(1'100'000, 'x')}}), file("a")}}),
       "too_large: cannot read layer 1 of oci:DIR/x:t: extended header of 1100017 bytes at byte 0 is larger than the "
       "bound of 1048576"},
      {"paths that cost time",
       [](const TestLayout& layout) {
         std::vector<TestEntry> entries = {folder("d"), symlink("l30", "d")};
         for (int i = 29; i >= 0; --i)
           entries.push_back(symlink("l" + std::to_string(i), repeated("d/../", 15) + "l" + std::to_string(i + 1)));
         for (int i = 0; i < 8; ++i) { // what is replaced each time is forgotten
           entries.push_back(file("l0/f" + std::to_string(i)));
           entries.push_back(file("e"));
         }
         layout.index({put_image(layout, {tar_of(entries)})});
       },
       "too_large: cannot unpack layer 1 of oci:DIR/x:t: its paths lead through too many links", "oci:DIR/x:t",
       hundred_entries},
      // Digests and streams.
      {"truncated blob", spoiled([](std::string& text) { text.resize(text.size() / 2); }),
       "digest_mismatch: cannot verify layer 1 of oci:DIR/x:t: size mismatch\nexpected: " +
           std::to_string(blob.size()) + " bytes\ngot: " + std::to_string(blob.size() / 2) + " bytes"},
      {"blob with a tail", spoiled([](std::string& text) { text += "tail"; }),
       "digest_mismatch: cannot verify layer 1 of oci:DIR/x:t: size mismatch\nexpected: " +
           std::to_string(blob.size()) + " bytes\ngot: more"},
      {"blob with one other bit", spoiled([](std::string& text) { text[text.size() / 2] ^= 1; }),
       [&] {
         std::string changed = blob;
         changed[changed.size() / 2] ^= 1;
         return "digest_mismatch: cannot verify layer 1 of oci:DIR/x:t: digest mismatch\nexpected: " +
                Digest::of(blob).text() + "\ngot: " + Digest::of(changed).text();
       }()},
      {"other diff_id", one_layer(k_oci_layer_gzip, gzip_of(other), tar),
       "digest_mismatch: cannot verify layer 1 of oci:DIR/x:t: its tar has another diff_id than the configuration "
       "says\nexpected: " +
           Digest::of(tar).text() + "\ngot: " + Digest::of(other).text()},
      {"other diff_id, uncompressed", one_layer(k_oci_layer, other, tar),
       "digest_mismatch: cannot verify layer 1 of oci:DIR/x:t: its tar has another diff_id than the configuration "
       "says\nexpected: " +
           Digest::of(tar).text() + "\ngot: " + Digest::of(other).text()},
      {"gzip that is none", one_layer(k_oci_layer_gzip, "rubbish", tar),
       "invalid_input: cannot decompress layer 1 of oci:DIR/x:t: gzip: incorrect header check"},
      {"zstd that is none", one_layer(k_oci_layer_zstd, "rubbish", tar),
       "invalid_input: cannot decompress layer 1 of oci:DIR/x:t: zstd: Unknown frame descriptor"},
      {"gzip in gzip", one_layer(k_oci_layer_gzip, gzip_of(gzip_of(tar)), tar),
       "digest_mismatch: cannot verify layer 1 of oci:DIR/x:t: its tar has another diff_id than the configuration "
       "says\nexpected: " +
           Digest::of(tar).text() + "\ngot: " + Digest::of(gzip_of(tar)).text()},
      {"gzip that breaks off", one_layer(k_oci_layer_gzip, blob.substr(0, blob.size() - 20), tar),
       "invalid_input: cannot decompress layer 1 of oci:DIR/x:t: gzip: truncated"},
      {"no tar", one_layer(k_oci_layer_gzip, gzip_of(std::string(2000, 'x')), std::string(2000, 'x')),
       "invalid_input: cannot read layer 1 of oci:DIR/x:t: bad tar header at byte 0"},
      {"missing blob",
       [](const TestLayout& layout) {
         const std::string missing = tar_of({file("z")});
         layout.index({put_image(layout, {missing})});
         std::filesystem::remove(layout.blob_path({{"digest", Digest::of(gzip_of(missing)).text()}}));
       },
       "not_found: cannot read layer 1 of oci:DIR/x:t: blob " + Digest::of(gzip_of(tar_of({file("z")}))).text() +
           " is missing"},
      {"layer of a wild size in the manifest",
       [](const TestLayout& layout) {
         const std::string one = tar_of({file("a")});
         json layer = layout.put(k_oci_layer_gzip, gzip_of(one));
         layer["size"] = std::uint64_t{1} << 62U;
         const json manifest = {
             {"schemaVersion", 2}, {"config", layout.put_json(k_oci_config, config_of({one}))}, {"layers", {layer}}};
         layout.index({layout.put_json(k_oci_manifest, manifest)});
       },
       "digest_mismatch: cannot verify layer 1 of oci:DIR/x:t: size mismatch\nexpected: 4611686018427387904 "
       "bytes\ngot: " +
           std::to_string(gzip_of(tar).size()) + " bytes"},
  };
}

TEST(HostileImages, EachIsRefusedWithItsReasonAndNothingIsWritten) {
  for (const Hostile& hostile : hostile_images()) {
    SCOPED_TRACE(hostile.what);
    Scene scene;
    hostile.make(TestLayout(scene.path("x")));
    const auto before = snapshot(scene.path("x"));
    const auto attempt = [&]() -> Result<Extraction> {
      KIF_TRY(const Image image, open_image(scene.name(hostile.name)));
      KIF_TRY(const FileTree tree, FileTree::read(image, {.bounds = hostile.bounds}));
      return extract_root(image, tree, scene.path("root"));
    };
    const auto done = attempt();
    EXPECT_EQ(done ? "it was unpacked" : scene.told(done.error()), hostile.told);
    EXPECT_TRUE(scene.canary_lives());
    EXPECT_EQ(scene.names(), (std::vector<std::string>{"canary", "x"}));
    EXPECT_EQ(snapshot(scene.path("x")), before);
  }
}

// The negative control of the table: the same way of making and unpacking, with nothing wrong.
TEST(HostileImages, AGoodOneIsUnpacked) {
  Scene scene;
  const TestLayout layout(scene.path("x"));
  layers({{file("a"), symlink("s", "../../../../canary"), symlink("h", "/etc/passwd")}})(layout);
  const Image image = open_image(scene.name("oci:DIR/x:t")).value();
  const FileTree tree = FileTree::read(image).value();
  ASSERT_TRUE(extract_root(image, tree, scene.path("root")));
  EXPECT_EQ(snapshot(scene.path("root")),
            (std::map<std::string, std::string>{{"a", "x"}, {"h", "-> /etc/passwd"}, {"s", "-> ../../../../canary"}}));
  EXPECT_TRUE(scene.canary_lives());
  EXPECT_EQ(scene.names(), (std::vector<std::string>{"canary", "root", "x"}));
}

} // namespace
} // namespace kif::oci
