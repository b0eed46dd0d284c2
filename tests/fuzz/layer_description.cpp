// SPDX-License-Identifier: Apache-2.0
// What an image's FIPS layer says of itself: layer.json and the list of digests, cut by the first zero. What is shown
// steers no terminal, and a list that does not fit passes nothing.
#include <algorithm>
#include <fstream>

#include "base/file.h"
#include "target.h"
#include "verify/rules/certificates.h"
#include "verify/subject.h"

namespace {

using namespace kif;

const std::filesystem::path& root() {
  static const TempDir folder = [] {
    TempDir made = TempDir::create("kif-fuzz-").value();
    for (const std::string_view path : {"usr/share/kif", "usr/lib/kif", "etc/kif"})
      std::filesystem::create_directories(made.path() / path);
    return made;
  }();
  return folder.path();
}

void write(const std::string& path, std::string_view text) {
  std::ofstream(root().string() + path, std::ios::binary | std::ios::trunc) << text;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::size_t end = std::min(text.find('\0'), text.size());
  write(verify::k_layer_description, text.substr(0, end));
  write(verify::k_layer_manifest, text.substr(std::min(end + 1, size)));
  write(verify::k_layer_provider, "x");
  write(verify::k_layer_entropy_library, "x");
  verify::Subject subject;
  subject.root = root();
  const verify::Certificates certificates = verify::parse_certificates("", "x").value_or(verify::Certificates());
  for (const verify::Finding& finding : verify::findings_at_rest(subject, certificates, facts::Date{})) {
    std::size_t bytes = 0;
    for (const std::string& line : finding.evidence) {
      bytes += line.size();
      fuzz::demand(std::ranges::none_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }),
                   "evidence steers no terminal");
    }
    fuzz::demand(bytes <= 64 * size + 400'000, "evidence is bounded");
    if (finding.id == "LIVE-LAYER-FILES" && finding.outcome == verify::Outcome::pass)
      fuzz::demand(text.find('\0') != std::string_view::npos && end + 65 < size, "an empty list passes nothing");
  }
  fuzz::demand(verify::compat_of(subject).size() <= 50, "no more features than the bound");
  return 0;
}
