// SPDX-License-Identifier: Apache-2.0
// The order of package versions as a program, for tests that hold it against other programs.
//   apk|deb|rpm     reads lines "LEFT RIGHT"; for each prints <, = or >, or "refused: " and why
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>

#include "sbom/version/apk_version.h"
#include "sbom/version/deb_version.h"
#include "sbom/version/rpm_version.h"

namespace {

using namespace kif;

template <class Version> Result<std::string> compare(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos)
    return fail(ErrorCode::invalid_input, "no space between two versions");
  KIF_TRY(const Version left, Version::parse(line.substr(0, space)));
  KIF_TRY(const Version right, Version::parse(line.substr(space + 1)));
  const auto order = left <=> right;
  return std::string(std::is_lt(order) ? "<" : std::is_gt(order) ? ">" : "=");
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc == 2 ? argv[1] : "";
  const auto compare_line = kind == "apk"   ? compare<sbom::ApkVersion>
                            : kind == "deb" ? compare<sbom::DebVersion>
                            : kind == "rpm" ? compare<sbom::RpmVersion>
                                            : nullptr;
  if (compare_line == nullptr) {
    std::fputs("usage: version_tool apk|deb|rpm <PAIRS\n", stderr);
    return 2;
  }
  for (std::string line; std::getline(std::cin, line);) {
    const Result<std::string> order = compare_line(line);
    std::puts(order ? order->c_str() : ("refused: " + order.error().message).c_str());
  }
  return 0;
}
