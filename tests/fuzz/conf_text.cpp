// SPDX-License-Identifier: Apache-2.0
// An image's own openssl.cnf, and what the layer's configuration keeps of it. The measure is libcrypto itself: it must
// read the same in the text, and in what is made of it nothing else than was kept.
#include "image/inspection/conf_text.h"

#include <algorithm>
#include <string>

#include "../unit/image/libcrypto_conf.h"
#include "image/inspection/own_sections.h"
#include "image/openssl_config.h"
#include "target.h"

namespace {

using namespace kif;
using namespace kif::image;

// libcrypto 3.0 reads 511 bytes at a time and takes a backslash at that place for the line's end; it knows no mark at
// the beginning, and it would include files and look at the environment.
bool is_read_alike(std::string_view text, const ConfText& parsed) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end - begin > 500)
      return false;
    begin = end + 1;
  }
  return !parsed.includes && !text.starts_with("\xEF\xBB\xBF") && text.find("ENV") == std::string_view::npos;
}

void demand_same(const ConfText& parsed, std::string_view text, bool all) {
  const LibcryptoConf conf(text);
  fuzz::demand(conf.is_good(), "libcrypto reads what kif reads");
  for (const ConfSection& section : parsed.sections)
    for (const ConfEntry& entry : section.entries)
      if (entry.value || all)
        fuzz::demand(conf.value(section.name, entry.name) == entry.value, "libcrypto finds the same value");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto parsed = parse_conf_text(text, "x");
  fuzz::demand_good_error(parsed);
  if (!parsed)
    return 0;
  if (is_read_alike(text, *parsed))
    demand_same(*parsed, text, true);
  std::string written;
  for (const ConfSection& section : parsed->sections)
    written += "[" + section.name + "]\n" + conf_lines(section.entries);
  demand_same(*parsed, written, false);

  static const std::string layer = openssl_config({.module_lines = {{"activate", "1"}}, .ciphers = {}, .groups = {}});
  const auto own = keep_own_sections(text, "x", layer);
  fuzz::demand_good_error(own);
  fuzz::demand(own.has_value(), "what can be read can be kept");
  const std::string merged = with_own_sections(layer, *own);
  const LibcryptoConf conf(merged);
  fuzz::demand(conf.is_good(), "libcrypto reads the layer's configuration whatever the image's own is");
  for (const ConfText& ours : {parse_conf_text(layer, "x").value()})
    for (const ConfSection& section : ours.sections) {
      for (const ConfEntry& entry : section.entries)
        fuzz::demand(conf.value(section.name, entry.name) == entry.value, "the layer's entries stay");
      if (section.name != k_conf_default_section)
        fuzz::demand(conf.size(section.name) == section.entries.size(), "the layer's sections get no more entries");
    }
  return 0;
}
