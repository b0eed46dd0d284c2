// SPDX-License-Identifier: Apache-2.0
#include "verify/layer_place.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/quote.h"
#include "base/root_file.h"
#include "digest/digest.h"

namespace kif::verify {
namespace {

constexpr const char* k_label_diff_id = "kif.layer.diff-id";
constexpr std::size_t k_max_files = 10'000; // a layer of kif's has some twenty, with Java's parts some fifty
constexpr std::size_t k_max_named = 10;
/// Of every layer of kif's.
constexpr std::array<std::string_view, 9> k_parts = {
    "/etc/kif/openssl.cnf",         "/usr/lib/kif/fips.so",         "/usr/lib/kif/kif-fips.so",
    "/usr/lib/kif/kif-init",        "/usr/lib/kif/kif-provider.so", "/usr/lib/kif/libjitterentropy.so.3",
    "/usr/lib/kif/modules/fips.so", "/usr/share/kif/layer.json",    "/usr/share/kif/manifest.sha256"};
/// kif's own programs: what the layer does rests on them.
constexpr std::array<const char*, 5> k_programs = {"kif-init", "kif-fips.so", "kif-provider.so", "libkif-random.so",
                                                   "libkif-java.so"};

std::size_t layer_of_label(const LayerPlace& place, const std::vector<Digest>& diff_ids) {
  const auto label = place.labels.find(k_label_diff_id);
  if (label == place.labels.end())
    return diff_ids.size();
  const auto found =
      std::ranges::find_if(diff_ids, [&](const Digest& digest) { return digest.text() == label->second; });
  return static_cast<std::size_t>(found - diff_ids.begin());
}

} // namespace

std::string digest_in(const std::filesystem::path& root, const std::string& path) {
  const UniqueFd file = open_in_root(root, path);
  if (!file)
    return {};
  const auto digest = digest_of_file("/proc/self/fd/" + std::to_string(file.get()));
  return digest ? digest->text() : std::string();
}

LayerPlace find_layer_place(const oci::Image& image, const oci::FileTree& tree) {
  LayerPlace place;
  for (const auto& [key, value] : image.config().labels)
    if (key.starts_with("kif."))
      place.labels.emplace(key, value);
  const std::vector<Digest>& diff_ids = image.config().diff_ids;
  const std::size_t own = layer_of_label(place, diff_ids);
  if (own == diff_ids.size()) {
    place.defect = place.labels.contains(k_label_diff_id)
                       ? std::string("the label ") + k_label_diff_id + " names no layer of the image"
                       : std::string("the image has no label ") + k_label_diff_id;
    return place;
  }
  place.layer = own;
  for (std::size_t layer = own + 1; layer < diff_ids.size(); ++layer)
    place.above.push_back({image.layer_name(layer), 0, {}});
  for (const oci::FileEntry& entry : tree.entries()) {
    if (entry.type == oci::FileType::directory || entry.layer < own)
      continue;
    if (entry.layer == own && place.files.size() < k_max_files) {
      place.files.push_back(entry.path());
    } else if (entry.layer > own && entry.layer < diff_ids.size()) {
      LayerPlace::Above& above = place.above[entry.layer - own - 1];
      if (++above.files <= k_max_named)
        above.named.push_back(entry.path());
    }
  }
  std::ranges::sort(place.files);
  return place;
}

std::vector<std::string> misplaced(const LayerPlace& place, const std::vector<std::string>& paths) {
  if (!place.defect.empty())
    return {place.defect};
  std::vector<std::string> wrong;
  const auto look = [&](const std::string& path) {
    if (!std::ranges::binary_search(place.files, path))
      wrong.push_back(shortened(path, 200) + ": not there, or not from the layer that the image's label names");
  };
  for (const std::string_view part : k_parts)
    look(std::string(part));
  for (const std::string& path : paths)
    if (std::ranges::find(k_parts, path) == k_parts.end())
      look(path);
  return wrong;
}

Finding layers_above(const LayerPlace& place) {
  Finding finding{.id = "LIVE-IMAGE-LAYERS-ABOVE",
                  .title = "named: layers above the FIPS layer, and what they add or replace",
                  .outcome = place.defect.empty() ? Outcome::pass : Outcome::could_not_check,
                  .kind = Kind::verified,
                  .evidence = {},
                  .essential = false};
  if (!place.defect.empty())
    finding.evidence.push_back(place.defect);
  else if (place.above.empty())
    finding.evidence.emplace_back("none");
  for (const LayerPlace::Above& above : place.above) {
    std::string text =
        shortened(above.layer, 200) + ": " + std::to_string(above.files) + (above.files == 1 ? " file" : " files");
    for (std::size_t i = 0; i < above.named.size(); ++i)
      text += (i == 0 ? ": " : ", ") + shortened(above.named[i], 200);
    finding.evidence.push_back(above.files > above.named.size() ? text + ", …" : text);
  }
  return finding;
}

Finding layer_origin(const std::filesystem::path& root, const std::filesystem::path& payload) {
  Finding finding{.id = "LIVE-LAYER-ORIGIN",
                  .title = "kif's own programs in the layer are those of this kif",
                  .outcome = Outcome::pass,
                  .kind = Kind::verified,
                  .evidence = {}};
  std::size_t same = 0;
  for (const char* const program : k_programs) {
    const std::string path = std::string("/usr/lib/kif/") + program;
    const std::string theirs = digest_in(root, path);
    if (theirs.empty()) // whether it has to be there is another finding's
      continue;
    const auto ours = digest_of_file((payload / program).string());
    if (ours && ours->text() == theirs) {
      ++same;
      continue;
    }
    finding.outcome = Outcome::could_not_check;
    finding.evidence.push_back(path + ": " + theirs + ", and this kif has " + (ours ? ours->text() : "none"));
  }
  if (finding.outcome == Outcome::pass)
    finding.evidence.push_back(std::to_string(same) + " compared");
  else
    finding.evidence.emplace_back("what another program says of itself shows nothing: verify with the kif that "
                                  "hardened the image, or harden it anew");
  return finding;
}

} // namespace kif::verify
