// SPDX-License-Identifier: Apache-2.0
#include "cli/harden_report.h"

#include <string>

#include <nlohmann/json.hpp>

#include "base/jitterentropy.h"
#include "image/config_edit.h"

namespace kif::cli {
namespace {

using image::FoundLibcrypto;
using image::HardenedPlatform;
using image::HardenOutcome;
using image::HardenReport;
using image::HardenRequest;

std::string_view name_of(HardenOutcome outcome) {
  switch (outcome) {
  case HardenOutcome::hardened:
    return "hardened";
  case HardenOutcome::replaced:
    return "replaced";
  case HardenOutcome::already_hardened:
    return "already-hardened";
  }
  return "";
}

std::string outcome_text(HardenOutcome outcome, bool is_written) {
  if (outcome != HardenOutcome::already_hardened)
    return std::string(name_of(outcome));
  return is_written ? "already hardened, written as it is" : "already hardened, nothing to write";
}

std::string claim_of(const HardenRequest& request) {
  return request.claims.module_claim.empty() ? std::string(image::k_no_claim) : request.claims.module_claim;
}

nlohmann::ordered_json list_of(const std::vector<FoundLibcrypto>& files) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const FoundLibcrypto& file : files)
    list.push_back({{"path", file.path}, {"version", file.version}});
  return list;
}

nlohmann::ordered_json linked_in_list(const std::vector<FoundLibcrypto>& files) {
  nlohmann::ordered_json list = list_of(files);
  for (std::size_t i = 0; i < files.size(); ++i)
    list[i]["static"] = files[i].is_static;
  return list;
}

nlohmann::ordered_json java_of(const std::vector<image::JavaRuntime>& runtimes) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const image::JavaRuntime& runtime : runtimes)
    list.push_back({{"path", runtime.home}, {"version", runtime.version}});
  return list;
}

nlohmann::ordered_json stores_of(const std::vector<image::ConvertedStore>& stores) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const image::ConvertedStore& store : stores)
    list.push_back(store.path);
  return list;
}

nlohmann::ordered_json part_of(const image::PayloadFile& part) {
  return {{"version", part.version}, {"digest", part.digest.text()}};
}

nlohmann::ordered_json source_of(const image::LayerParts& parts) {
  nlohmann::ordered_json json = part_of(parts.entropy_library);
  if (!image::is_known_source(parts.entropy_library))
    json["claimed"] = image::k_origin_claimed;
  json["osr"] = parts.settings.osr;
  json["flags"] = parts.settings.flags;
  json["memory_bytes"] = parts.settings.memory_bytes;
  return json;
}

nlohmann::ordered_json platform_of(const HardenedPlatform& platform, const HardenRequest& request,
                                   const ModuleClaim& claim) {
  nlohmann::ordered_json module = part_of(platform.parts.module);
  module["claimed"] = claim_of(request);
  module["certificates_claimed"] = claim.certificates;
  module["checked_against"] = platform.parts.module.checked_against;
  return {{"platform", platform.platform.text()},
          {"outcome", name_of(platform.outcome)},
          {"source_digest", platform.source_digest},
          {"target_digest", platform.target_digest},
          {"found",
           {{"glibc", {{"path", platform.found.glibc_path}, {"version", platform.found.glibc.version.text()}}},
            {"libcrypto", {{"path", platform.found.libcrypto.path}, {"version", platform.found.libcrypto.version}}},
            {"further_libcryptos", list_of(platform.found.further)},
            {"other_libcryptos", list_of(platform.found.other_shared)},
            {"linked_in_libcryptos", linked_in_list(platform.found.linked_in)},
            {"own_contexts", platform.found.own_contexts},
            {"java", java_of(platform.java)},
            {"java_stores_converted", stores_of(platform.java_stores)},
            {"not_searched", platform.found.not_searched}}},
          {"layer",
           {{"diff_id", platform.layer_diff_id.text()},
            {"digest", platform.layer_digest.text()},
            {"bytes", platform.layer_bytes},
            {"module", module},
            {"entropy_library", source_of(platform.parts)},
            {"compat", platform.settings.compat}}},
          {"not_reached", platform.not_reached},
          {"warnings", platform.warnings}};
}

/// The settings where they are not as usual, and that the origin is a claim where it is.
std::string source_notes(const image::LayerParts& parts) {
  std::string notes;
  if (const std::string settings = jitterentropy::describe(parts.settings); !settings.empty())
    notes += "  (" + settings + ")";
  if (!image::is_known_source(parts.entropy_library))
    notes += "  (claimed: " + std::string(image::k_origin_claimed) + ")";
  return notes;
}

std::string megabytes(std::uint64_t bytes) {
  const std::uint64_t tenths = (bytes + 50'000) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

/// A label and what belongs to it on each line.
class Lines {
public:
  void line(text::Words label, std::string_view text) {
    m_table.row({text::own(label, text::Mark::faint), text::foreign(text)});
  }
  void more(std::string_view text) { line("", text); }
  void blank() { m_table.between({}); }

  void print(Terminal& terminal) const {
    text::Page page;
    page.add(m_table);
    terminal.print(page);
  }

private:
  text::Table m_table{"", {{.least_width = 10}, {}}};
};

std::string version_of(const std::string& name, const std::string& number) {
  return number.empty() ? name + " of unknown version" : name + " " + number;
}

void add_platform(Lines& lines, const HardenedPlatform& platform, const HardenRequest& request,
                  const ModuleClaim& claim) {
  lines.line("image", request.source.text() + "  " + platform.platform.text() +
                          (platform.source_digest.empty() ? "" : "  " + platform.source_digest));
  lines.line("libc", "glibc " + platform.found.glibc.version.text() + "  " + platform.found.glibc_path);
  lines.line("libcrypto", "OpenSSL " + platform.found.libcrypto.version + "  " + platform.found.libcrypto.path);
  for (const auto* others : {&platform.found.further, &platform.found.other_shared})
    for (const FoundLibcrypto& other : *others)
      lines.more(other.name() + "  " + other.path);
  for (const std::string& path : platform.found.own_contexts)
    lines.more(path + " makes library contexts of its own, which OpenSSL's configuration does not reach by itself");
  for (const image::JavaRuntime& runtime : platform.java)
    lines.line("java", version_of("Java", runtime.version) + "  " + runtime.home);
  for (const image::ConvertedStore& store : platform.java_stores)
    lines.line("store", store.path + "  converted to PKCS #12 with AES");
  lines.line("module", version_of("FIPS module", platform.parts.module.version) + "  " +
                           platform.parts.module.digest.text() + "  (claimed: " + claim_of(request) + ")");
  if (platform.parts.module.checked_against.empty())
    lines.more(
        "not checked against a MAC of its maker: there is none in the file or beside it, nor a package's record");
  for (const std::string& line : claim.lines)
    lines.more(line);
  lines.line("entropy", version_of("jitterentropy", platform.parts.entropy_library.version) + "  " +
                            platform.parts.entropy_library.digest.text() + source_notes(platform.parts));
  if (!platform.settings.compat.empty())
    lines.line("compat", image::compat_text(platform.settings.compat) + "  (not approved, by choice)");
  lines.line("layer", platform.layer_digest.text() + "  " + megabytes(platform.layer_bytes));
}

void add_left_out(Lines& lines, const HardenReport& report) {
  for (const image::LeftOut& left : report.left_out)
    lines.line("left out", left.platform.text() + ": " + left.reason);
}

} // namespace

void print_harden_json(const HardenReport& report, const HardenRequest& request, const ModuleClaim& claim,
                       Terminal& terminal) {
  nlohmann::ordered_json platforms = nlohmann::ordered_json::array();
  for (const HardenedPlatform& platform : report.platforms)
    platforms.push_back(platform_of(platform, request, claim));
  nlohmann::ordered_json left_out = nlohmann::ordered_json::array();
  for (const image::LeftOut& left : report.left_out)
    left_out.push_back({{"platform", left.platform.text()}, {"reason", left.reason}});
  const bool is_index = !report.index_digest.empty();
  const nlohmann::ordered_json document = {
      {"schema", "kif.harden/2"},
      {"source", request.source.text()},
      {"target",
       {{"name", request.target.text()},
        {"is_index", is_index},
        {"digest", is_index ? report.index_digest : report.platforms.front().target_digest},
        {"written", report.is_written}}},
      {"platforms", platforms},
      {"left_out", left_out}};
  terminal.print(document);
}

void print_harden_text(const HardenReport& report, const HardenRequest& request, const ModuleClaim& claim,
                       Terminal& terminal) {
  Lines lines;
  const std::string target = request.target.text() + "  ";
  if (report.index_digest.empty()) {
    const HardenedPlatform& platform = report.platforms.front();
    add_platform(lines, platform, request, claim);
    lines.line("result", target + outcome_text(platform.outcome, report.is_written));
    lines.line("manifest", platform.target_digest);
    add_left_out(lines, report);
    lines.print(terminal);
    return;
  }
  for (const HardenedPlatform& platform : report.platforms) {
    add_platform(lines, platform, request, claim);
    lines.line("result", outcome_text(platform.outcome, report.is_written));
    lines.line("manifest", platform.target_digest);
    lines.blank();
  }
  add_left_out(lines, report);
  std::string names;
  for (const HardenedPlatform& platform : report.platforms)
    names += (names.empty() ? "" : ", ") + platform.platform.text();
  lines.line("result", target + "an index of " + names);
  lines.line("index", report.index_digest);
  lines.print(terminal);
}

} // namespace kif::cli
