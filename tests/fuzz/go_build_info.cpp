// SPDX-License-Identifier: Apache-2.0
// What the Go toolchain wrote into a program.
#include "image/inspection/go_build_info.h"

#include <algorithm>

#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view text = fuzz::text_of(data, size);
  const auto is_shown = [](const std::string& word) {
    return word.size() <= 64 && std::ranges::all_of(word, [](char c) { return c >= ' ' && c <= '~'; });
  };
  const auto info = image::read_go_build_info(std::as_bytes(std::span(text)));
  if (info) {
    fuzz::demand(info->go_version.starts_with("go") && is_shown(info->go_version), "a version is short and printable");
    fuzz::demand(is_shown(info->fips_module), "a module's version is short and printable");
    fuzz::demand(text.find("\xff Go buildinf:") != std::string_view::npos, "only a program with the mark is Go's");
  }
  // 16 bytes in front move nothing but the place.
  const std::string moved = std::string(16, '\x01') + std::string(text);
  const auto again = image::read_go_build_info(std::as_bytes(std::span(moved)));
  fuzz::demand(again.has_value() == info.has_value() && (!info || again->go_version == info->go_version),
               "the same wherever it lies");
  return 0;
}
