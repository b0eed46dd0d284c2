// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/jitterentropy.h"
#include "base/quote.h"
#include "base/root_file.h"
#include "digest/digest.h"
#include "verify/layer_config.h"
#include "verify/own_start.h"
#include "verify/probe_output.h"
#include "verify/rules/module_claim.h"
#include "verify/subject.h"

namespace kif::verify {
namespace {

constexpr std::uint64_t k_max_description_bytes = 1024 * 1024;
constexpr std::uint64_t k_max_library_bytes = 64ULL * 1024 * 1024;

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
    return "a line of the manifest is malformed: " + in_one_line(line, 100);
  const auto expected = Digest::parse("sha256:" + std::string(line.substr(0, k_hex)));
  const std::string path(line.substr(k_hex + 2));
  if (!expected)
    return "a line of the manifest is malformed: " + in_one_line(line, 100);
  const std::string got = digest_in(subject.root, path);
  if (got.empty())
    return in_one_line(path, 200) + ": no such file";
  return got == expected->text() ? "" : in_one_line(path, 200) + ": expected " + expected->text() + ", got " + got;
}

/// The paths that the layer's manifest names; what is malformed is layer_files()'s.
std::vector<std::string> manifest_paths(const Subject& subject) {
  std::vector<std::string> paths;
  const auto manifest = read_in_root(subject.root, k_layer_manifest, k_max_description_bytes);
  for (std::string_view rest = manifest ? *manifest : std::string_view(); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (const std::size_t slash = line.find('/'); slash != std::string_view::npos)
      paths.emplace_back(line.substr(slash));
  }
  return paths;
}

/// What the image's labels say of the layer's files, against the files.
std::vector<std::string> wrong_labels(const Subject& subject) {
  constexpr std::array<std::pair<const char*, const char*>, 2> files = {
      {{"kif.module.digest", "/usr/lib/kif/fips.so"}, {"kif.entropy-library.digest", k_layer_entropy_library}}};
  std::vector<std::string> wrong;
  for (const auto& [label, path] : files) {
    const auto said = subject.layer_place.labels.find(label);
    const std::string is = digest_in(subject.root, path);
    if (said == subject.layer_place.labels.end())
      wrong.push_back("the image has no label " + std::string(label));
    else if (said->second != is)
      wrong.push_back("the label " + std::string(label) + " says " + shortened(said->second, 100) + ", and " + path +
                      " is " + (is.empty() ? "not there" : is));
  }
  return wrong;
}

Finding layer_place(const Subject& subject) {
  Finding finding{.id = "LIVE-LAYER-PLACE",
                  .title = "the FIPS layer is the one that the image's labels name, whole",
                  .outcome = Outcome::fail,
                  .kind = Kind::verified};
  finding.evidence = misplaced(subject.layer_place, manifest_paths(subject));
  for (std::string& text : wrong_labels(subject))
    finding.evidence.push_back(std::move(text));
  if (finding.evidence.empty()) {
    finding.outcome = Outcome::pass;
    finding.evidence = {subject.layer_place.labels.at("kif.layer.diff-id")};
  }
  return finding;
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

std::string text_in(const nlohmann::json& description, const char* part, const char* key) {
  const auto entry = description.find(part);
  if (entry == description.end() || !entry->is_object())
    return {};
  const auto value = entry->find(key);
  return value != entry->end() && value->is_string() ? in_one_line(value->get<std::string>(), 300) : std::string();
}

std::string part_claim(const nlohmann::json& description, const char* part, const char* name) {
  const auto entry = description.find(part);
  if (entry == description.end() || !entry->is_object())
    return {};
  const auto text = [&](const char* key) { return text_in(description, part, key); };
  std::string claim = std::string(name) + " " + text("version") + ", sha256:" + text("sha256");
  if (!text("claimed").empty())
    claim += ": " + text("claimed");
  return claim;
}

/// What is known of the certificates that the layer's claim names, and whether that contradicts the claim.
std::vector<std::string> claimed_certificates(const nlohmann::json& description, const Certificates& certificates,
                                              const Date& today) {
  const std::string version = text_in(description, "module", "version");
  const std::string claim = text_in(description, "module", "claimed");
  std::vector<std::string> lines = describe_claim(claim, certificates, today);
  const auto checked = check_module_claim(claim, version, certificates);
  if (!checked)
    lines.insert(lines.begin(), "contradicted by what kif knows: " + checked.error().message);
  return lines;
}

/// What the layer says that it sets its source up with; empty where with nothing.
std::string settings_of(const nlohmann::json& description) {
  const auto entry = description.is_object() ? description.find("entropy_library") : description.end();
  if (!description.is_object() || entry == description.end() || !entry->is_object())
    return {};
  jitterentropy::Settings settings;
  if (const auto osr = entry->find("osr"); osr != entry->end() && osr->is_number_unsigned() &&
                                                osr->get<std::uint64_t>() <= std::numeric_limits<unsigned>::max())
    settings.osr = osr->get<unsigned>();
  if (const auto flags = entry->find("flags"); flags != entry->end() && flags->is_string())
    settings.flags = in_one_line(flags->get<std::string>(), 100);
  if (const auto memory = entry->find("memory_bytes"); memory != entry->end() && memory->is_number_unsigned())
    settings.memory_bytes = memory->get<std::uint64_t>();
  return jitterentropy::describe(settings);
}

/// Whose word it is that the seeds come from CPU jitter: what a run measures is that they come from this library. By
/// the file itself, not by what the layer says of it.
Finding entropy_origin(const Subject& subject, const nlohmann::json& description) {
  Finding finding{.id = "LIVE-ENTROPY-ORIGIN",
                  .title = "the entropy library is one that this kif knows to be a CPU-jitter source",
                  .outcome = Outcome::could_not_check,
                  .kind = Kind::verified,
                  .essential = false};
  const auto library = read_in_root(subject.root, k_layer_entropy_library, k_max_library_bytes);
  if (!library) {
    finding.evidence = {std::string(k_layer_entropy_library) + ": no such file, or it is too large"};
    return finding;
  }
  const Digest digest = Digest::of(*library);
  finding.outcome = Outcome::pass;
  if (jitterentropy::is_shipped(digest.hex())) {
    finding.evidence = {digest.text() + ": Debian's build, as kif ships it"};
  } else {
    finding.title = "that the seeds come from CPU jitter is claimed by whoever gave the entropy library";
    finding.kind = Kind::claimed;
    finding.evidence = {digest.text() + ": kif does not know this file, and cannot measure where its bytes come from"};
  }
  if (const std::string settings = settings_of(description); !settings.empty())
    finding.evidence.push_back("it is set up with " + settings);
  return finding;
}

/// Not an object where it is missing or malformed.
nlohmann::json read_description(const Subject& subject) {
  const auto text = read_in_root(subject.root, k_layer_description, k_max_description_bytes);
  return nlohmann::json::parse(text.value_or(""), nullptr, false);
}

/// A list of the description's; null: it has none of that name.
const nlohmann::json* list_in(const nlohmann::json& description, const char* key) {
  const auto list = description.is_object() ? description.find(key) : description.end();
  return description.is_object() && list != description.end() && list->is_array() ? &*list : nullptr;
}

Finding layer_claims(const nlohmann::json& description, const Certificates& certificates, const Date& today) {
  Finding finding{.id = "LIVE-LAYER-CLAIMS",
                  .title = "what the FIPS layer says it is made of",
                  .outcome = Outcome::could_not_check,
                  .kind = Kind::claimed,
                  .essential = false};
  if (!description.is_object()) {
    finding.evidence = {std::string(k_layer_description) + ": missing or malformed"};
    return finding;
  }
  for (const auto& [part, name] : {std::pair("module", "module"), std::pair("entropy_library", "entropy library")})
    if (std::string claim = part_claim(description, part, name); !claim.empty())
      finding.evidence.push_back(std::move(claim));
  for (std::string& line : claimed_certificates(description, certificates, today))
    finding.evidence.push_back(std::move(line));
  finding.outcome = Outcome::pass;
  return finding;
}

Finding not_reached(const nlohmann::json& description) {
  constexpr std::size_t k_max_named = 50;
  constexpr std::size_t k_max_sentence = 4000; // one may name many files
  Finding finding{.id = "LIVE-LAYER-NOT-REACHED",
                  .title = "named: what of the image the FIPS layer says it does not reach",
                  .outcome = Outcome::could_not_check,
                  .kind = Kind::claimed,
                  .essential = false};
  const nlohmann::json* const list = list_in(description, "not_reached");
  if (list == nullptr) {
    finding.evidence = {std::string(k_layer_description) + ": it does not say"};
    return finding;
  }
  finding.outcome = Outcome::pass;
  for (const auto& entry : *list)
    if (entry.is_string() && finding.evidence.size() < k_max_named)
      finding.evidence.push_back(in_one_line(entry.get<std::string>(), k_max_sentence));
  if (list->size() > k_max_named)
    finding.evidence.push_back("and " + std::to_string(list->size() - k_max_named) + " more");
  if (finding.evidence.empty())
    finding.evidence.emplace_back("nothing");
  return finding;
}

std::vector<std::string> compat_in(const nlohmann::json& description) {
  constexpr std::size_t k_max_features = 50; // kif knows sixteen
  std::vector<std::string> features;
  const nlohmann::json* const list = list_in(description, "compat");
  for (const auto& entry : list != nullptr ? *list : nlohmann::json::array())
    if (entry.is_string() && features.size() < k_max_features)
      features.push_back(in_one_line(entry.get<std::string>(), 64));
  return features;
}

Finding compat_finding(const nlohmann::json& description) {
  Finding finding{.id = "LIVE-LAYER-COMPAT",
                  .title = "named: what works by choice though it is not approved",
                  .outcome = Outcome::could_not_check,
                  .kind = Kind::claimed,
                  .evidence = {},
                  .essential = false};
  // A layer from before there was such a choice does not say: all that is a choice now worked in it.
  if (list_in(description, "compat") == nullptr) {
    finding.evidence = {std::string(k_layer_description) + ": it does not say"};
    return finding;
  }
  finding.outcome = Outcome::pass;
  finding.evidence = compat_in(description);
  finding.by_choice = !finding.evidence.empty();
  if (finding.evidence.empty())
    finding.evidence.emplace_back("nothing");
  return finding;
}

} // namespace

std::vector<std::string> compat_of(const Subject& subject) {
  return compat_in(read_description(subject));
}

std::vector<std::string> not_reached_of(const Subject& subject) {
  const nlohmann::json description = read_description(subject);
  std::vector<std::string> sentences;
  if (const nlohmann::json* const list = list_in(description, "not_reached"))
    for (const auto& entry : *list)
      if (entry.is_string())
        sentences.push_back(entry.get<std::string>());
  return sentences;
}

std::vector<Finding> findings_at_rest(const Subject& subject, const Certificates& certificates, const Date& today) {
  std::vector<Finding> findings = {image_digests(subject)};
  if (subject.has_layer()) {
    const nlohmann::json description = read_description(subject);
    findings.push_back(layer_files(subject));
    findings.push_back(layer_place(subject));
    findings.push_back(layer_configuration(subject.root, subject.layer_place));
    findings.push_back(layers_above(subject.layer_place));
    findings.push_back(own_start(subject));
    findings.push_back(layer_claims(description, certificates, today));
    findings.push_back(entropy_origin(subject, description));
    findings.push_back(compat_finding(description));
    findings.push_back(not_reached(description));
    for (Finding& finding : cryptography_findings(subject.cryptography))
      findings.push_back(std::move(finding));
    for (Finding& finding : describe(subject.apart))
      findings.push_back(std::move(finding));
  }
  return findings;
}

} // namespace kif::verify
