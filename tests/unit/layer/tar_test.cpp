// SPDX-License-Identifier: Apache-2.0
// The reader against archives made by hand, and what the writer makes against the reader.
#include "layer/tar_reader.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "layer/tar_writer.h"
#include "test_image.h"

namespace kif::oci {
namespace {

class TextReader final : public Reader {
public:
  explicit TextReader(std::string text, std::size_t piece = 1000) : m_text(std::move(text)), m_piece(piece) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t count = std::min({buffer.size(), m_piece, m_text.size() - m_offset});
    std::copy_n(std::as_bytes(std::span(m_text)).data() + m_offset, count, buffer.data());
    m_offset += count;
    return count;
  }

private:
  std::string m_text;
  std::size_t m_piece; // no more at once, so that every place is once a boundary
  std::size_t m_offset = 0;
};

struct Met {
  TarEntry entry;
  std::string content;
};

Result<std::vector<Met>> read_all(const std::string& tar, std::size_t piece = 1000, bool with_content = true) {
  TextReader source(tar, piece);
  TarReader reader(source, "x.tar", 4096);
  std::vector<Met> entries;
  for (;;) {
    KIF_TRY(auto entry, reader.next());
    if (!entry)
      return entries;
    std::string content;
    if (with_content) {
      KIF_TRY(content, read_to_end(reader, 1U << 20U, "x"));
    }
    entries.push_back({*entry, content});
  }
}

std::string why_not(const std::string& tar) {
  const auto entries = read_all(tar);
  return entries ? "it was read" : std::string(to_string(entries.error().code)) + ": " + entries.error().message;
}

TEST(TarReader, GivesEntriesContentAndOffsets) {
  const std::string text(700, 'b');
  const std::string tar = tar_of({folder("d/"), file("d/a", "hello"), file("d/b", text), symlink("d/l", "a"),
                                  hard_link("d/h", "d/a"), file("empty", "")});
  for (const std::size_t piece : {1U, 7U, 511U, 512U, 513U, 100'000U}) {
    const auto entries = read_all(tar, piece).value();
    ASSERT_EQ(entries.size(), 6U);
    EXPECT_EQ(entries[0].entry.type, TarType::directory);
    EXPECT_EQ(entries[1].content, "hello");
    EXPECT_EQ(tar.substr(entries[1].entry.data_offset, 5), "hello");
    EXPECT_EQ(entries[2].content, text);
    EXPECT_EQ(entries[3].entry.link_target, "a");
    EXPECT_EQ(entries[4].entry.type, TarType::hard_link);
    EXPECT_EQ(entries[5].entry.size, 0U);
    EXPECT_EQ(entries[1].entry.mtime_seconds, 1'700'000'000);
  }
}

TEST(TarReader, ContentMayBeLeftUnread) {
  const std::string tar = tar_of({file("a", std::string(3000, 'a')), file("b", "b")});
  EXPECT_EQ(read_all(tar, 100, false).value().size(), 2U);
}

TEST(TarReader, AnArchiveMayEndWithoutEmptyBlocks) {
  EXPECT_EQ(read_all(tar_of({file("a")}, false)).value().size(), 1U);
  EXPECT_EQ(read_all("").value().size(), 0U);
  const std::string unpadded = tar_of({file("a"), file("b", "123")}, false).substr(0, 3 * 512 + 3);
  EXPECT_EQ(read_all(unpadded).value().at(1).content, "123");
  EXPECT_EQ(read_all(unpadded, 1000, false).value().size(), 2U);
}

TEST(TarReader, WhatFollowsTheEndIsNotRead) {
  EXPECT_EQ(read_all(tar_of({file("a")}) + tar_of({file("b")})).value().size(), 1U);
}

TEST(TarReader, PaxRecordsTakeTheFieldsPlace) {
  const std::string path(300, 'p');
  TestEntry large = file("short", "12345");
  large.claimed_size = 0;
  const auto entries = read_all(tar_of({pax({{"path", path},
                                             {"uid", "3000000"},
                                             {"gid", "4"},
                                             {"size", "5"},
                                             {"mtime", "1600000000.25"},
                                             {"comment", "no matter"},
                                             {"SCHILY.xattr.security.capability", std::string("\1\0\0\2", 4)}}),
                                        large, file("next")}))
                           .value();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].entry.name, path);
  EXPECT_EQ(entries[0].content, "12345");
  EXPECT_EQ(entries[0].entry.uid, 3'000'000U);
  EXPECT_EQ(entries[0].entry.gid, 4U);
  EXPECT_EQ(entries[0].entry.mtime_seconds, 1'600'000'000);
  EXPECT_EQ(entries[0].entry.mtime_nanoseconds, 250'000'000U);
  EXPECT_EQ(entries[0].entry.capability, std::string("\1\0\0\2", 4));
  EXPECT_EQ(entries[1].entry.name, "next");
  EXPECT_EQ(entries[1].entry.uid, 0U);
}

TEST(TarReader, ATimeBeforeTheEpochCountsItsNanosecondsUpwards) {
  const auto entries = read_all(tar_of({pax({{"mtime", "-1.25"}}), file("a")})).value();
  EXPECT_EQ(entries[0].entry.mtime_seconds, -2);
  EXPECT_EQ(entries[0].entry.mtime_nanoseconds, 750'000'000U);
}

TEST(TarReader, GnuLongNamesAndNumbersAreRead) {
  const std::string name(200, 'n');
  const std::string link(150, 'l');
  std::string big = tar_entry(symlink("short", "short"));
  // A GNU header with its owner in base 256: 0x80, zeros, 3,000,000.
  big.replace(257, 8, std::string_view("ustar  \0", 8));
  big.replace(108, 8, std::string_view("\x80\0\0\0\0\x2d\xc6\xc0", 8));
  big.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : big.substr(0, 512))
    sum += static_cast<unsigned char>(c);
  char checksum[9];
  std::snprintf(checksum, sizeof checksum, "%06o", sum);
  big.replace(148, 8, std::string(checksum, 6) + std::string("\0 ", 2));
  const TestEntry long_name{"././@LongLink", 'L', name + std::string(1, '\0')};
  const TestEntry long_link{"././@LongLink", 'K', link + std::string(1, '\0')};
  const auto entries = read_all(tar_of({long_name, long_link}, false) + big).value();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].entry.name, name);
  EXPECT_EQ(entries[0].entry.link_target, link);
  EXPECT_EQ(entries[0].entry.uid, 3'000'000U);
}

TEST(TarReader, OnlyFilesHaveContentWhateverALinkClaims) {
  TestEntry link = symlink("l", "a");
  link.claimed_size = 5000;
  const auto entries = read_all(tar_of({link, file("b")})).value();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[1].entry.name, "b");
}

TEST(TarReader, BrokenArchivesAreNamedWithTheByte) {
  const std::string good = tar_of({file("a", "hello"), file("b", "hello")});
  EXPECT_EQ(why_not(good.substr(0, 514)), "invalid_input: cannot read x.tar: truncated at byte 514");
  EXPECT_EQ(why_not(good.substr(0, 1100)), "invalid_input: cannot read x.tar: truncated at byte 1100");
  std::string flipped = good;
  flipped[1024] = 'c';
  EXPECT_EQ(why_not(flipped), "invalid_input: cannot read x.tar: bad tar header at byte 1024");
  EXPECT_EQ(why_not(std::string(512, 'x')), "invalid_input: cannot read x.tar: bad tar header at byte 0");
  TestEntry huge = file("a");
  huge.claimed_size = 077777777777;
  EXPECT_EQ(why_not(tar_of({huge})), "invalid_input: cannot read x.tar: truncated at byte 2048");
  EXPECT_EQ(why_not(tar_of({{"m", 'M'}})), "unsupported: cannot read x.tar: entry of unknown type 77 at byte 0");
  EXPECT_EQ(why_not(tar_of({{"s", 'S'}})), "unsupported: cannot read x.tar: sparse file in GNU's old form at byte 0");
}

TEST(TarReader, BadExtendedHeadersAreRefused) {
  const TestEntry plain = file("a");
  EXPECT_EQ(why_not(tar_of({pax({{"comment", std::string(5000, 'x')}}), plain})),
            "too_large: cannot read x.tar: extended header of 5014 bytes at byte 0 is larger than the bound of 4096");
  EXPECT_EQ(why_not(tar_of({{"p", 'x', "99 path=x\n"}, plain})),
            "invalid_input: cannot read x.tar: bad PAX header at byte 0");
  EXPECT_EQ(why_not(tar_of({{"p", 'x', "path=x"}, plain})),
            "invalid_input: cannot read x.tar: bad PAX header at byte 0");
  EXPECT_EQ(why_not(tar_of({{"p", 'x', "7 path\n"}, plain})),
            "invalid_input: cannot read x.tar: bad PAX header at byte 0");
  EXPECT_EQ(why_not(tar_of({pax({{"size", "-1"}}), plain})),
            "invalid_input: cannot read x.tar: bad PAX record \"size\" at byte 1024");
  EXPECT_EQ(why_not(tar_of({pax({{"mtime", "soon"}}), plain})),
            "invalid_input: cannot read x.tar: bad PAX record \"mtime\" at byte 1024");
  EXPECT_EQ(why_not(tar_of({pax({{"path", std::string("a\0b", 3)}}), plain})),
            "invalid_input: cannot read x.tar: bad PAX record \"path\" at byte 1024");
  EXPECT_EQ(why_not(tar_of({pax({{"path", "b"}})})),
            "invalid_input: cannot read x.tar: extended header without an entry at byte 1024");
  EXPECT_EQ(why_not(tar_of({{"p", 'g', "7 path\n"}, plain})),
            "invalid_input: cannot read x.tar: bad PAX header at byte 0");
}

TEST(TarReader, AGlobalHeaderSaysNothingOfWhatFollows) {
  const auto entries =
      read_all(tar_of({pax({{"path", "b"}, {"uid", "7"}, {"SCHILY.xattr.user.x", "y"}}, 'g'), file("a")})).value();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].entry.name, "a");
  EXPECT_EQ(entries[0].entry.uid, 0U);
}

TEST(TarReader, SparseFilesAreReadWithTheirHoles) {
  const std::string content = std::string(3, '\0') + "abc" + std::string(1000, '\0') + "de" + std::string(2, '\0');
  const std::vector<std::pair<std::string, std::string>> size = {{"GNU.sparse.realsize", "1010"}};
  const auto with = [](std::vector<std::pair<std::string, std::string>> records,
                       const std::vector<std::pair<std::string, std::string>>& more) {
    records.insert(records.end(), more.begin(), more.end());
    return pax(records);
  };
  std::string numbers = "2\n3\n3\n1006\n2\n";
  numbers.resize(512);
  const auto read_one = [&](const TestEntry& header, const std::string& stored) {
    const auto entries = read_all(tar_of({header, file("GNUSparseFile.0/s", stored), file("b", "next")}));
    if (!entries)
      return entries.error().message;
    EXPECT_EQ(entries->size(), 2U);
    EXPECT_EQ(entries->at(1).entry.name, "b");
    EXPECT_EQ(entries->at(1).content, "next");
    const TarEntry& entry = entries->at(0).entry;
    EXPECT_EQ(entry.size, 1010U);
    EXPECT_EQ(entry.hole_bytes, 1005U);
    EXPECT_TRUE(entry.is_sparse);
    return entries->at(0).content == content ? "good: " + entry.name : "bad content";
  };
  EXPECT_EQ(read_one(with(size, {{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}, {"GNU.sparse.name", "s"}}),
                     numbers + "abcde"),
            "good: s")
      << "1.0, as bsdtar writes it";
  EXPECT_EQ(read_one(with(size, {{"GNU.sparse.major", "0"},
                                 {"GNU.sparse.minor", "1"},
                                 {"GNU.sparse.name", "s"},
                                 {"GNU.sparse.map", "3,3,1006,2"}}),
                     "abcde"),
            "good: s");
  EXPECT_EQ(read_one(pax({{"GNU.sparse.size", "1010"},
                          {"GNU.sparse.numblocks", "2"},
                          {"GNU.sparse.offset", "3"},
                          {"GNU.sparse.numbytes", "3"},
                          {"GNU.sparse.offset", "1006"},
                          {"GNU.sparse.numbytes", "2"}}),
                     "abcde"),
            "good: GNUSparseFile.0/s")
      << "0.0";
  // Each way in which a map can be wrong.
  const auto map = [&](const std::string& text) {
    return read_one(with(size, {{"GNU.sparse.major", "0"}, {"GNU.sparse.minor", "1"}, {"GNU.sparse.map", text}}),
                    "abcde");
  };
  const std::string bad = "cannot read x.tar: bad map of a sparse file at byte 1024";
  for (const char* text : {"3,3,1006", "3,3,1006,3", "3,3,5,2", "1006,2,3,3", "3,3,1009,2", "3,x", "3,-1", "3,3,1006,1",
                           "99999999999999999999,5", "18446744073709551615,5", ""})
    EXPECT_EQ(map(text), bad) << text;
  const auto numbered = [&](std::string text) {
    text.resize(512);
    return read_one(with(size, {{"GNU.sparse.major", "1"}, {"GNU.sparse.minor", "0"}}), text + "abcde");
  };
  for (const char* text : {"2\n3\n3\n", "x\n", "\n", "2\n3\n3\n1006\n3\n", "99999999999999999999\n", "9999999\n"})
    EXPECT_EQ(numbered(text), bad) << text;
}

std::string written(const std::function<void(TarWriter&)>& fill) {
  std::string text;
  TarWriter writer([&](std::span<const std::byte> bytes) -> Result<void> {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  });
  fill(writer);
  EXPECT_TRUE(writer.finish());
  EXPECT_EQ(writer.offset(), text.size());
  EXPECT_EQ(text.size() % 512, 0U);
  return text;
}

TEST(TarWriter, WhatItWritesIsReadBack) {
  const std::string long_name = std::string(90, 'd') + "/" + std::string(90, 'e') + "/" + std::string(120, 'f');
  const std::string fits_prefix = std::string(100, 'd') + "/" + std::string(100, 'f');
  const std::string tar = written([&](TarWriter& writer) {
    ASSERT_TRUE(writer.add_directory({"d", 0750, 1, 2, 3}));
    ASSERT_TRUE(writer.add_file({"d/a", 04755, 3'000'000, 4'000'000, -5}, "hello"));
    ASSERT_TRUE(writer.add_file({long_name}, ""));
    ASSERT_TRUE(writer.add_file({fits_prefix}, std::string(512, 'x')));
    ASSERT_TRUE(writer.add_file({"schön"}, "x"));
    ASSERT_TRUE(writer.add_symlink({"l", 0777}, std::string(150, 't')));
    TextReader content("12345");
    ASSERT_TRUE(writer.add_file({"streamed"}, 5, content));
  });
  const auto entries = read_all(tar).value();
  ASSERT_EQ(entries.size(), 7U);
  EXPECT_EQ(entries[0].entry.name, "d/");
  EXPECT_EQ(entries[0].entry.mode, 0750U);
  EXPECT_EQ(entries[0].entry.gid, 2U);
  EXPECT_EQ(entries[1].content, "hello");
  EXPECT_EQ(entries[1].entry.mode, 04755U);
  EXPECT_EQ(entries[1].entry.uid, 3'000'000U);
  EXPECT_EQ(entries[1].entry.gid, 4'000'000U);
  EXPECT_EQ(entries[1].entry.mtime_seconds, -5);
  EXPECT_EQ(entries[2].entry.name, long_name);
  EXPECT_EQ(entries[3].entry.name, fits_prefix);
  EXPECT_EQ(entries[3].content, std::string(512, 'x'));
  EXPECT_EQ(entries[4].entry.name, "schön");
  EXPECT_EQ(entries[5].entry.link_target, std::string(150, 't'));
  EXPECT_EQ(entries[6].content, "12345");
}

TEST(TarWriter, ContentOfAnotherSizeIsRefused) {
  for (const char* text : {"1234", "123456"}) {
    TarWriter writer([](std::span<const std::byte>) -> Result<void> { return {}; });
    TextReader content(text);
    const auto added = writer.add_file({"a"}, 5, content);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().message, "cannot write a to an archive: its content is not of 5 bytes");
  }
}

} // namespace
} // namespace kif::oci
