// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/root_file.h"
#include "digest/digest.h"
#include "verify/probe_output.h"
#include "verify/subject.h"

namespace kif::verify {
namespace {

constexpr std::uint64_t k_max_description_bytes = 1024 * 1024;

Finding image_digests(const Subject& subject) {
  const std::string layers = std::to_string(subject.layers) + (subject.layers == 1 ? " layer" : " layers");
  return {
      .id = "LIVE-IMAGE-DIGESTS",
      .title = "every blob of the image is what its digest says",
      .outcome = Outcome::pass, // opening the image fails otherwise
      .kind = Kind::verified,
      .evidence = {(subject.manifest_digest.empty() ? "no manifest digest" : subject.manifest_digest) + ", " + layers}};
}

// "<64 hex digits>  /path" of sha256sum(1); an empty text, or what is wrong with this file.
std::string check_line(const Subject& subject, std::string_view line) {
  constexpr std::size_t k_hex = 64;
  if (line.size() < k_hex + 3 || line.substr(k_hex, 2) != "  ")
    return "a line of the manifest is malformed: " + cleaned(line, 100);
  const auto expected = Digest::parse("sha256:" + std::string(line.substr(0, k_hex)));
  const std::string path(line.substr(k_hex + 2));
  if (!expected)
    return "a line of the manifest is malformed: " + cleaned(line, 100);
  const UniqueFd file = open_in_root(subject.root, path);
  if (!file)
    return cleaned(path, 200) + ": no such file";
  const auto got = digest_of_file("/proc/self/fd/" + std::to_string(file.get()));
  if (!got)
    return got.error().message;
  return *got == *expected ? "" : cleaned(path, 200) + ": expected " + expected->text() + ", got " + got->text();
}

Finding layer_files(const Subject& subject) {
  Finding finding{.id = "LIVE-LAYER-FILES",
                  .title = "the FIPS layer's files are what its manifest says",
                  .outcome = Outcome::fail,
                  .kind = Kind::verified};
  const auto manifest = read_in_root(subject.root, k_layer_manifest, k_max_description_bytes);
  if (!manifest) {
    finding.evidence = {std::string(k_layer_manifest) + ": no such file, or larger than the bound"};
    return finding;
  }
  std::size_t files = 0;
  for (std::string_view rest = *manifest; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (std::string defect = check_line(subject, line); !defect.empty())
      finding.evidence.push_back(std::move(defect));
    ++files;
  }
  if (finding.evidence.empty() && files > 0)
    finding.outcome = Outcome::pass;
  finding.evidence.push_back(std::to_string(files) + " files named");
  return finding;
}

std::string part_claim(const nlohmann::json& description, const char* part, const char* name) {
  const auto entry = description.find(part);
  if (entry == description.end() || !entry->is_object())
    return {};
  const auto text = [&entry](const char* key) {
    const auto value = entry->find(key);
    return value != entry->end() && value->is_string() ? cleaned(value->get<std::string>(), 300) : std::string();
  };
  std::string claim = std::string(name) + " " + text("version") + ", sha256:" + text("sha256");
  if (!text("claimed").empty())
    claim += ": " + text("claimed");
  return claim;
}

Finding layer_claims(const Subject& subject) {
  Finding finding{.id = "LIVE-LAYER-CLAIMS",
                  .title = "what the FIPS layer says it is made of",
                  .outcome = Outcome::could_not_check,
                  .kind = Kind::claimed,
                  .essential = false};
  const auto text = read_in_root(subject.root, k_layer_description, k_max_description_bytes);
  const auto description = nlohmann::json::parse(text.value_or(""), nullptr, false);
  if (!description.is_object()) {
    finding.evidence = {std::string(k_layer_description) + ": missing or malformed"};
    return finding;
  }
  for (const auto& [part, name] : {std::pair("module", "module"), std::pair("entropy_library", "entropy library")})
    if (std::string claim = part_claim(description, part, name); !claim.empty())
      finding.evidence.push_back(std::move(claim));
  finding.outcome = Outcome::pass;
  return finding;
}

Finding not_reached(const Subject& subject) {
  constexpr std::size_t k_max_named = 50;
  Finding finding{.id = "LIVE-LAYER-NOT-REACHED",
                  .title = "named: what of the image the FIPS layer says it does not reach",
                  .outcome = Outcome::could_not_check,
                  .kind = Kind::claimed,
                  .essential = false};
  const auto text = read_in_root(subject.root, k_layer_description, k_max_description_bytes);
  const auto description = nlohmann::json::parse(text.value_or(""), nullptr, false);
  const auto list = description.is_object() ? description.find("not_reached") : description.end();
  if (!description.is_object() || list == description.end() || !list->is_array()) {
    finding.evidence = {std::string(k_layer_description) + ": it does not say"};
    return finding;
  }
  finding.outcome = Outcome::pass;
  for (const auto& entry : *list)
    if (entry.is_string() && finding.evidence.size() < k_max_named)
      finding.evidence.push_back(cleaned(entry.get<std::string>(), 300));
  if (list->size() > k_max_named)
    finding.evidence.push_back("and " + std::to_string(list->size() - k_max_named) + " more");
  if (finding.evidence.empty())
    finding.evidence.emplace_back("nothing");
  return finding;
}

} // namespace

std::vector<Finding> findings_at_rest(const Subject& subject) {
  std::vector<Finding> findings = {image_digests(subject)};
  if (subject.has_layer()) {
    findings.push_back(layer_files(subject));
    findings.push_back(layer_claims(subject));
    findings.push_back(not_reached(subject));
    for (Finding& finding : describe(subject.apart))
      findings.push_back(std::move(finding));
  }
  return findings;
}

} // namespace kif::verify
