// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "base/file.h"
#include "samples.h"

namespace kif::host {
namespace {

/// Files that hold what a rendering must be. Regenerate with KIF_UPDATE_GOLDEN=1, and read the difference.
std::string golden(const std::string& name, const std::string& rendered) {
  const std::string path = std::string(KIF_GOLDEN_DIR) + "/" + name;
  if (std::getenv("KIF_UPDATE_GOLDEN") != nullptr)
    std::ofstream(path) << rendered;
  return read_file(path, 1024 * 1024).value_or("no such file: " + path);
}

std::string plain(const Report& report) {
  return render(report).plain();
}

std::string json(const Report& report) {
  return to_json(report).dump(2) + "\n";
}

TEST(Render, AGoodMachine) {
  EXPECT_EQ(plain(good_machine()), golden("good.txt", plain(good_machine())));
  EXPECT_EQ(json(good_machine()), golden("good.json", json(good_machine())));
}

TEST(Render, APoorMachine) {
  EXPECT_EQ(plain(poor_machine()), golden("poor.txt", plain(poor_machine())));
  EXPECT_EQ(json(poor_machine()), golden("poor.json", json(poor_machine())));
}

TEST(Render, EveryTextOfOthersIsEscaped) {
  Report report = good_machine();
  report.kernel.release = "\x1b[31m";
  report.timer.machine.name = "\x1b[32m";
  report.engines[0].version = "\x1b[33m";
  report.timer.clocksource = "\x1b[34m";
  report.works[0].reason = "\x1b[35m";
  const std::string text = render(report).plain();
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Render, EveryUnknownHasItsReasonAndIsNull) {
  const auto document = to_json(poor_machine());
  EXPECT_EQ(document["schema"], "kif.host/1");
  EXPECT_FALSE(document["unknown"].empty());
  for (const auto& [member, reason] : document["unknown"].items()) {
    EXPECT_NE(reason.get<std::string>(), "");
    if (member.starts_with("engines."))
      continue;
    std::string pointer = "/" + member;
    for (char& c : pointer)
      if (c == '.')
        c = '/';
    EXPECT_TRUE(document.at(nlohmann::ordered_json::json_pointer(pointer)).is_null()) << member;
  }
  EXPECT_TRUE(to_json(good_machine())["unknown"].empty());
}

} // namespace
} // namespace kif::host
