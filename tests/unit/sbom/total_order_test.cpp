// SPDX-License-Identifier: Apache-2.0
// Every order is total over generated versions: reflexive, antisymmetric, transitive; and what is printed is read again
// as the same. The seed is fixed; RC_PARAMS="seed=N max_success=N" sets another, and rapidcheck prints the one that
// failed.
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "sbom/version/apk_version.h"
#include "sbom/version/deb_version.h"
#include "sbom/version/rpm_version.h"

namespace kif::sbom {
namespace {

// A version's text is a row of slots, each filled with some of its words.
struct Slot {
  std::size_t least;
  std::size_t most;
  std::vector<std::string> words;
};
using Grammar = std::vector<Slot>;

const Grammar& apk_grammar() {
  static const Grammar grammar = {
      {1, 1, {"0", "1", "01", "2", "10"}},
      {0, 2, {".0", ".1", ".01", ".00", ".09", ".9", ".10", ".2"}},
      {0, 1, {"a", "b"}},
      {0, 2, {"_alpha", "_beta", "_pre", "_rc", "_rc0", "_rc01", "_rc1", "_cvs", "_svn", "_git", "_hg", "_p", "_p1"}},
      {0, 1, {"~0", "~a", "~0a"}},
      {0, 1, {"-r0", "-r1", "-r01", "-r10"}},
  };
  return grammar;
}

const Grammar& deb_grammar() {
  static const Grammar grammar = {
      {0, 1, {"0:", "00:", "1:"}},
      {1, 1, {"0", "1", "01"}},
      {0, 4, {".", "~", "+", "a", "Z", "0", "1", "10"}},
      {0, 1, {"-0", "-1", "-~1", "-a", "-1+b1"}},
  };
  return grammar;
}

const Grammar& rpm_grammar() {
  static const Grammar grammar = {
      {0, 1, {"0:", "00:", "1:"}},
      {1, 1, {"0", "1", "01", "a", "~1", "^1"}},
      {0, 4, {".", "~", "^", "_", "a", "Z", "0", "1", "10"}},
      {0, 1, {"-0", "-1", "-~1", "-a", "-1^1"}},
  };
  return grammar;
}

// Two words a slot for all versions of one run, so that many are equal, or the same up to a late place.
Grammar narrowed(const Grammar& grammar) {
  Grammar narrow = grammar;
  for (Slot& slot : narrow)
    slot.words = {*rc::gen::elementOf(slot.words), *rc::gen::elementOf(slot.words)};
  return narrow;
}

std::string make_text(const Grammar& grammar) {
  std::string text;
  for (const Slot& slot : grammar) {
    for (std::size_t count = *rc::gen::inRange(slot.least, slot.most + 1); count > 0; --count)
      text += *rc::gen::elementOf(slot.words);
  }
  return text;
}

// What breaks the order among these, or nothing.
template <class Value, class Order> std::string broken_by(const std::vector<Value>& values, Order order) {
  for (const Value& a : values) {
    if (!std::is_eq(order(a, a)))
      return "not reflexive";
    for (const Value& b : values) {
      if (std::is_lt(order(a, b)) != std::is_gt(order(b, a)) || std::is_eq(order(a, b)) != std::is_eq(order(b, a)))
        return "not antisymmetric";
      for (const Value& c : values) {
        if (std::is_lteq(order(a, b)) && std::is_lteq(order(b, c)) &&
            (!std::is_lteq(order(a, c)) || (std::is_eq(order(a, c)) && std::is_lt(order(a, b)))))
          return "not transitive";
      }
    }
  }
  return "";
}

template <class Version> void expect_total_order(const Grammar& grammar) {
  const bool holds = rc::check([&grammar] {
    const Grammar narrow = narrowed(grammar);
    std::vector<Version> versions;
    std::set<std::string> spellings;
    for (int i = 0; i < 8; ++i) {
      const std::string text = make_text(narrow);
      const auto version = Version::parse(text);
      if (!version)
        RC_FAIL(version.error().render("test"));
      RC_ASSERT(version->text() == text);
      RC_ASSERT(Version::parse(version->text()).value() == *version);
      versions.push_back(*version);
      spellings.insert(text);
    }
    const auto less = [](const Version& a, const Version& b) { return a < b; };
    RC_TAG(std::set<Version, decltype(less)>(versions.begin(), versions.end(), less).size() < spellings.size()
               ? "some equal by two spellings"
               : "none equal by two spellings");
    const std::string fault = broken_by(versions, [](const Version& a, const Version& b) { return a <=> b; });
    if (!fault.empty())
      RC_FAIL(fault);
  });
  EXPECT_TRUE(holds);
}

class VersionOrder : public testing::Test {
protected:
  static void SetUpTestSuite() { setenv("RC_PARAMS", "seed=5612 max_success=1000", 0); }
};

TEST_F(VersionOrder, OfApkIsTotal) {
  expect_total_order<ApkVersion>(apk_grammar());
}

TEST_F(VersionOrder, OfDebIsTotal) {
  expect_total_order<DebVersion>(deb_grammar());
}

TEST_F(VersionOrder, OfRpmIsTotal) {
  expect_total_order<RpmVersion>(rpm_grammar());
}

// The control: orders that look right and are not total must be found so.
TEST_F(VersionOrder, ThatIsNotTotalIsFound) {
  const std::vector<std::string> values = {"9", "10", "1a"};
  // Numbers as numbers, all else as strings: 9 < 10 < 1a < 9.
  const auto mixed = [](const std::string& a, const std::string& b) -> std::weak_ordering {
    if (a.find('a') == std::string::npos && b.find('a') == std::string::npos)
      return std::stoi(a) <=> std::stoi(b);
    return a <=> b;
  };
  EXPECT_EQ(broken_by(values, mixed), "not transitive");
  EXPECT_EQ(broken_by(values, [](const auto&, const auto&) { return std::weak_ordering::less; }), "not reflexive");
  const auto one_sided = [](const std::string& a, const std::string& b) -> std::weak_ordering {
    return a == b ? std::weak_ordering::equivalent : std::weak_ordering::less;
  };
  EXPECT_EQ(broken_by(values, one_sided), "not antisymmetric");
}

} // namespace
} // namespace kif::sbom
