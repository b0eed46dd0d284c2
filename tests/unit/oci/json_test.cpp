// SPDX-License-Identifier: Apache-2.0
#include "oci/json.h"

#include <string>

#include <gtest/gtest.h>

namespace kif::oci {
namespace {

std::string why_not(const std::string& text) {
  const auto json = parse_json(text, "x");
  return json ? "it was read" : std::string(to_string(json.error().code)) + ": " + json.error().message;
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(Json, OrdinaryDocumentsAreRead) {
  const auto json = parse_json(R"({"a":[1,-2,3.5,"é",null,true,{}],"b":{"c":{"d":[]}}})", "x");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->dump(), R"({"a":[1,-2,3.5,"é",null,true,{}],"b":{"c":{"d":[]}}})");
  EXPECT_EQ(why_not(nested(64)), "it was read");
}

TEST(Json, HostileDocumentsAreRefused) {
  EXPECT_EQ(why_not(""), "invalid_input: cannot read x: not JSON at byte 1");
  EXPECT_EQ(why_not(R"({"a":1)"), "invalid_input: cannot read x: not JSON at byte 7");
  EXPECT_EQ(why_not("{} {}"), "invalid_input: cannot read x: not JSON at byte 4");
  EXPECT_EQ(why_not("\"\xff\""), "invalid_input: cannot read x: not JSON at byte 2");
  EXPECT_EQ(why_not("1e999"), "invalid_input: cannot read x: not JSON at byte 5");
  EXPECT_EQ(why_not(nested(65)), "too_large: cannot read x: nested deeper than 64");
  EXPECT_EQ(why_not(std::string(2'000'000, '[')), "too_large: cannot read x: nested deeper than 64");
  EXPECT_EQ(why_not(R"({"a":1,"b":2,"a":1})"),
            "invalid_input: cannot read x: member \"a\" appears twice in one object");
  EXPECT_EQ(why_not(R"({"o":[{"k":1},{"k":1,"k":2}]})"),
            "invalid_input: cannot read x: member \"k\" appears twice in one object");
  EXPECT_EQ(why_not("\"" + std::string(4 * 1024 * 1024, 'x') + "\""),
            "too_large: cannot read x: larger than the bound of 4194304 bytes");
  std::string many = "[0";
  for (int i = 0; i < 200'000; ++i)
    many += ",0";
  EXPECT_EQ(why_not(many + "]"), "too_large: cannot read x: more than 200000 values");
}

TEST(Json, AKeyMayStandInTwoObjects) {
  EXPECT_EQ(why_not(R"([{"a":1},{"a":2},{"a":{"a":3}}])"), "it was read");
}

template <class T> std::string message_of(const Result<T>& result) {
  return result ? "it was read" : result.error().message;
}

TEST(JsonObject, TypesAreCheckedAndPlacesNamed) {
  const auto json =
      parse_json(R"({"s":"x","n":5,"minus":-5,"f":1.5,"l":["a",1],"o":{"in":3},"nil":null,"m":{"k":[]}})", "x").value();
  const auto object = JsonObject::of(json, "the manifest").value();
  EXPECT_EQ(object.string("s").value(), "x");
  EXPECT_EQ(object.size("n").value(), 5U);
  EXPECT_EQ(object.optional_string("nil").value(), "");
  EXPECT_EQ(object.strings("none").value(), std::vector<std::string>());
  EXPECT_EQ(object.object("o").value().size("in").value(), 3U);
  EXPECT_EQ(message_of(object.string("n")), "cannot read the manifest: n is a number, not a string");
  EXPECT_EQ(message_of(object.string("nil")), "cannot read the manifest: nil is missing");
  EXPECT_EQ(message_of(object.size("s")), "cannot read the manifest: s is a string, not a whole number");
  EXPECT_EQ(message_of(object.size("f")), "cannot read the manifest: f is a number, not a whole number");
  EXPECT_EQ(message_of(object.size("minus")), "cannot read the manifest: minus is negative");
  EXPECT_EQ(message_of(object.strings("l")), "cannot read the manifest: l[1] is a number, not a string");
  EXPECT_EQ(message_of(object.string_map("m")), "cannot read the manifest: m.k is an array, not a string");
  EXPECT_EQ(message_of(object.object("o").value().string("in")),
            "cannot read the manifest: o.in is a number, not a string");
  EXPECT_EQ(message_of(object.objects("l")), "cannot read the manifest: l[0] is a string, not an object");
  EXPECT_EQ(message_of(JsonObject::of(nlohmann::json::array(), "the manifest")),
            "cannot read the manifest: it is an array, not an object");
}

TEST(JsonObject, NullInAListOrAMapIsTheEmptyString) {
  const auto json = parse_json(R"({"l":["a",null],"m":{"n":null,"o":"p"}})", "x").value();
  const auto object = JsonObject::of(json, "the manifest").value();
  EXPECT_EQ(object.strings("l").value(), (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(object.string_map("m").value(), (std::map<std::string, std::string>{{"n", ""}, {"o", "p"}}));
}

TEST(JsonObject, MembersThatGoTakesForTheSameAreRefused) {
  const auto json = parse_json(R"({"config":1,"Config":2})", "x").value();
  EXPECT_EQ(message_of(JsonObject::of(json, "the manifest")),
            "cannot read the manifest: members \"Config\" and \"config\" differ only in case");
}

TEST(Json, TextThatIsNotUtf8IsNotWritten) {
  const auto text = write_json({{"a", "\xff"}}, "the manifest");
  EXPECT_EQ(message_of(text), "cannot write the manifest: a string in it is not UTF-8");
}

} // namespace
} // namespace kif::oci
