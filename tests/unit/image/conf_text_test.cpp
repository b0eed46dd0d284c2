// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/conf_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "image/libcrypto_conf.h"

namespace kif::image {
namespace {

using testing::HasSubstr;

ConfText parse(std::string_view text) {
  auto parsed = parse_conf_text(text, "x");
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message);
  return parsed ? *std::move(parsed) : ConfText{};
}

std::string value(const ConfText& text, std::string_view section, std::string_view name) {
  const ConfSection* found = text.find(section);
  const ConfEntry* entry = found == nullptr ? nullptr : found->find(name);
  return entry == nullptr ? "(none)" : entry->value.value_or("(unknown)");
}

std::string written(const ConfText& text) {
  std::string all;
  for (const ConfSection& section : text.sections)
    all += "[" + section.name + "]\n" + conf_lines(section.entries);
  return all;
}

// What libcrypto reads in `read` is what the parser found, and nothing else.
void expect_same(const ConfText& parsed, const std::string& read) {
  const LibcryptoConf conf(read);
  ASSERT_TRUE(conf.is_good()) << read;
  for (const ConfSection& section : parsed.sections) {
    EXPECT_EQ(conf.size(section.name), section.entries.size()) << section.name << " of " << read;
    for (const ConfEntry& entry : section.entries)
      EXPECT_EQ(conf.value(section.name, entry.name), entry.value)
          << section.name << ": " << entry.name << " of " << read;
  }
}

TEST(ConfText, ReadsWhatLibcryptoReads) {
  for (const char* text : {
           "",
           "a = 1\nb=2 \n  c  =  3 4  # comment\n# a = 9\n[ s ]\na = x",
           "[ two words ]\na = 1\n[t]extra is passed over\nb = 2\n",
           "[s]\na = 1\n[t]\nb = 2\n[s]\nc = 3\na = 4\n",
           "[ default ]\na = 1\n[s]\nb = $a\n",
           "a = \"x # y\" z\nb = 'q\"q'\nc = `d`\nd = \"open\ne = \"e\\\"e\\ne\"\n",
           "a = x\\# y\\\\z\\n\\t\\r\\b\\q\\\n  more\\\n\nb = 2\n",
           "# a comment goes on \\\na = 1\nb = 2\n",
           "a = one\nb = $a/two\nc = ${a}b$(b)\n[s]\na = three\nd = $a ${default::a} $s::a\n[t]\ne = $s::d\nf = $a\n",
           "t::a = 1\n[s]\nc = 2\nt::b = $a $s::c\n",
           "default::a = 1\n[s]\ndefault::a = 2\nb = $a\n",
           "a =\nb = \" \"\nc = \" x \"\nd = \\ x\\ \n",
           "0.organizationName = Org\n1.2.3 = x\n*.a,b;c = d\n",
           ".include = /no/such/file\na = 1\n",
           ".pragma = abspath:true\na = 1\n",
           "a = b\r\nc = d\\\r\ne\r\n",
           "a = \xc3\xa4\xff\n",
           "a = b\\",
           "a = \"x\\",
           "a = x = y\n",
           "[s]\na = 1\nb = 2\na = 3\n",
       }) {
    const ConfText parsed = parse(text);
    if (!parsed.includes)
      expect_same(parsed, text);
    expect_same(parsed, written(parsed));
    expect_same(parse(written(parsed)), written(parsed));
  }
}

TEST(ConfText, ReadsThisSystemsOwn) {
  const std::string text = read_file("/etc/ssl/openssl.cnf", k_max_conf_bytes).value();
  const ConfText parsed = parse(text);
  EXPECT_GT(parsed.sections.size(), 10U);
  expect_same(parsed, text);
  expect_same(parsed, written(parsed));
}

TEST(ConfText, KeepsTheOrderInWhichLibcryptoGivesEntries) {
  const ConfText parsed = parse("[s]\na = 1\nb = 2\na = 3\nc = 4\n");
  EXPECT_EQ(conf_lines(parsed.sections[1].entries), "b = 2\na = 3\nc = 4\n");
}

TEST(ConfText, WhatStandsOnTheEnvironmentOrAnIncludedFileHasNoValue) {
  const ConfText parsed = parse("HOME = .\na = $ENV::HOME/x\nb = ${a}\n[s]\nc = $b\nd = 1\n");
  EXPECT_EQ(value(parsed, "default", "a"), "(unknown)");
  EXPECT_EQ(value(parsed, "s", "c"), "(unknown)");
  EXPECT_EQ(conf_lines(parsed.sections[1].entries), "d = 1\n");
  const ConfText including = parse(".include other.cnf\na = $from_there\n[s]\nb = 1\n");
  EXPECT_TRUE(including.includes);
  EXPECT_EQ(value(including, "default", "a"), "(unknown)");
  EXPECT_EQ(value(including, "s", "b"), "1");
  EXPECT_EQ(value(parse("[ENV]\na = 1\n[s]\nb = $ENV::a\n"), "s", "b"), "1");
}

TEST(ConfText, LongValuesAreBrokenIntoLinesThatEveryLibcryptoReads) {
  const std::string text = "[s]\na = " + std::string(600, '\\') + std::string(900, 'x') + "\\#" + "\n" +
                           std::string(k_max_conf_name_bytes, 'n') + " = " + std::string(3000, ' ') + "y" +
                           std::string(1200, '\'') + "\n";
  // An odd number of quotes would hide the line's end from nobody: a line is a line.
  const ConfText parsed = parse(text);
  const std::string out = written(parsed);
  for (std::size_t begin = 0; begin < out.size();) {
    const std::size_t end = out.find('\n', begin);
    EXPECT_LT(end - begin, 500U);
    begin = end + 1;
  }
  expect_same(parsed, out);
}

TEST(ConfText, RefusesWhatItIsNotSureOf) {
  const auto error = [](std::string_view text) {
    const auto parsed = parse_conf_text(text, "/etc/x.cnf");
    return parsed ? "(none)" : parsed.error().message;
  };
  const std::string cannot = "cannot read /etc/x.cnf: ";
  EXPECT_EQ(error("a = 1\nno equals sign\n"), cannot + "line 2: no \"=\" after a name");
  EXPECT_EQ(error("[s\n"), cannot + "line 1: a heading without its closing bracket");
  EXPECT_EQ(error("[s\\]]\n"), cannot + "line 1: a heading without its closing bracket");
  EXPECT_EQ(error("[ ]\n"), cannot + "line 1: a section without a name, or with one that is too long");
  EXPECT_EQ(error("= 1\n"), cannot + "line 1: an entry without a name, or with one that is too long");
  EXPECT_EQ(error("a\\b = 1\n"), cannot + "line 1: no \"=\" after a name");
  EXPECT_EQ(error("a \\\n = $b\n"), cannot + "line 2: a variable that has no value");
  EXPECT_EQ(error("a = 1\nb = ${a\n"), cannot + "line 2: a variable without its closing brace");
  EXPECT_EQ(error(".includes = x\n"), cannot + "line 1: a name that begins with a dot");
  EXPECT_EQ(error(".include\n"), cannot + "line 1: a name that begins with a dot");
  EXPECT_EQ(error(".pragma = dollarid:on\n"), cannot + "line 1: .pragma dollarid, with which \"$\" is part of names");
  EXPECT_EQ(error(".pragma = dollarid\n"), cannot + "line 1: .pragma without a word and a value");
  EXPECT_EQ(error(".pragma abspath:maybe\n"), cannot + "line 1: .pragma abspath is neither on nor off");
  EXPECT_EQ(error(std::string_view("a = \0", 5)), cannot + "it has a control character");
  EXPECT_EQ(error("a = \x1b[2J\n"), cannot + "it has a control character");
}

TEST(ConfText, EveryBoundHolds) {
  const auto code = [](const std::string& text) {
    const auto parsed = parse_conf_text(text, "x");
    return parsed ? "fits" : std::string(to_string(parsed.error().code));
  };
  EXPECT_EQ(code(std::string(k_max_conf_bytes + 1, '\n')), "too_large");
  EXPECT_EQ(code("a = " + std::string(k_max_conf_line_bytes, 'x')), "too_large");
  EXPECT_EQ(code("a = " + std::string(k_max_conf_value_bytes + 1, 'x')), "too_large");
  EXPECT_EQ(code("a = " + std::string(k_max_conf_value_bytes, 'x')), "fits");
  EXPECT_EQ(code(std::string(k_max_conf_name_bytes + 1, 'x') + " = 1"), "invalid_input");
  std::string sections;
  for (std::size_t i = 1; i < k_max_conf_sections; ++i)
    sections += "[" + std::to_string(i) + "]\n";
  EXPECT_EQ(code(sections), "fits");
  EXPECT_EQ(code(sections + "[x]\n"), "too_large");
  std::string entries;
  for (std::size_t i = 0; i < k_max_conf_entries; ++i)
    entries += "a = 1\n";
  EXPECT_EQ(code(entries), "fits");
  EXPECT_EQ(code(entries + "a = 1\n"), "too_large");
  // Each line doubles the one before it.
  std::string doubling = "a = 12345678\n";
  for (int i = 0; i < 64; ++i)
    doubling += "a = $a$a\n";
  EXPECT_EQ(code(doubling), "too_large");
  std::string many = "b = " + std::string(8000, 'x') + "\n";
  for (int i = 0; i < 200; ++i)
    many += "a = $b\n";
  EXPECT_EQ(code(many), "too_large");
}

} // namespace
} // namespace kif::image
