// SPDX-License-Identifier: Apache-2.0
#include "cli/harden_report.h"

#include <string>

#include <nlohmann/json.hpp>

#include "base/quote.h"

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

nlohmann::ordered_json java_of(const std::vector<image::JavaRuntime>& runtimes) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const image::JavaRuntime& runtime : runtimes)
    list.push_back({{"path", runtime.home}, {"version", runtime.version}});
  return list;
}

nlohmann::ordered_json part_of(const image::PayloadFile& part) {
  return {{"version", part.version}, {"digest", part.digest.text()}};
}

nlohmann::ordered_json platform_of(const HardenedPlatform& platform, const HardenRequest& request) {
  nlohmann::ordered_json module = part_of(platform.parts.module);
  module["claimed"] = claim_of(request);
  return {{"platform", platform.platform.text()},
          {"outcome", name_of(platform.outcome)},
          {"source_digest", platform.source_digest},
          {"target_digest", platform.target_digest},
          {"found",
           {{"glibc", {{"path", platform.found.glibc_path}, {"version", platform.found.glibc.version.text()}}},
            {"libcrypto", {{"path", platform.found.libcrypto.path}, {"version", platform.found.libcrypto.version}}},
            {"other_libcryptos", list_of(platform.found.other_shared)},
            {"linked_in_libcryptos", list_of(platform.found.linked_in)},
            {"java", java_of(platform.java)},
            {"not_searched", platform.found.not_searched}}},
          {"layer",
           {{"diff_id", platform.layer_diff_id.text()},
            {"digest", platform.layer_digest.text()},
            {"bytes", platform.layer_bytes},
            {"module", module},
            {"entropy_library", part_of(platform.parts.entropy_library)}}},
          {"warnings", platform.warnings}};
}

std::string megabytes(std::uint64_t bytes) {
  const std::uint64_t tenths = (bytes + 50'000) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

void print_line(Terminal& terminal, std::string_view label, const std::string& text) {
  std::string padded(label);
  padded.resize(12, ' ');
  terminal.print(terminal.styled(Style::dim, padded) + escape_controls(text) + "\n");
}

std::string version_of(const std::string& name, const std::string& number) {
  return number.empty() ? name + " of unknown version" : name + " " + number;
}

void print_platform(const HardenedPlatform& platform, const HardenRequest& request, Terminal& terminal) {
  print_line(terminal, "image",
             request.source.text() + "  " + platform.platform.text() +
                 (platform.source_digest.empty() ? "" : "  " + platform.source_digest));
  print_line(terminal, "libc", "glibc " + platform.found.glibc.version.text() + "  " + platform.found.glibc_path);
  print_line(terminal, "libcrypto",
             "OpenSSL " + platform.found.libcrypto.version + "  " + platform.found.libcrypto.path);
  for (const FoundLibcrypto& other : platform.found.other_shared)
    print_line(terminal, "", "OpenSSL " + other.version + "  " + other.path);
  for (const image::JavaRuntime& runtime : platform.java)
    print_line(terminal, "java", version_of("Java", runtime.version) + "  " + runtime.home);
  print_line(terminal, "module",
             version_of("FIPS module", platform.parts.module.version) + "  " + platform.parts.module.digest.text() +
                 "  (claimed: " + claim_of(request) + ")");
  print_line(terminal, "entropy",
             version_of("jitterentropy", platform.parts.entropy_library.version) + "  " +
                 platform.parts.entropy_library.digest.text());
  print_line(terminal, "layer", platform.layer_digest.text() + "  " + megabytes(platform.layer_bytes));
}

} // namespace

void print_harden_json(const HardenReport& report, const HardenRequest& request, Terminal& terminal) {
  nlohmann::ordered_json platforms = nlohmann::ordered_json::array();
  for (const HardenedPlatform& platform : report.platforms)
    platforms.push_back(platform_of(platform, request));
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
  terminal.print(document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void print_harden_text(const HardenReport& report, const HardenRequest& request, Terminal& terminal) {
  const std::string target = request.target.text() + "  ";
  if (report.index_digest.empty()) {
    const HardenedPlatform& platform = report.platforms.front();
    print_platform(platform, request, terminal);
    print_line(terminal, "result", target + outcome_text(platform.outcome, report.is_written));
    print_line(terminal, "manifest", platform.target_digest);
    return;
  }
  for (const HardenedPlatform& platform : report.platforms) {
    print_platform(platform, request, terminal);
    print_line(terminal, "result", outcome_text(platform.outcome, report.is_written));
    print_line(terminal, "manifest", platform.target_digest);
    terminal.print("\n");
  }
  for (const image::LeftOut& left : report.left_out)
    print_line(terminal, "left out", left.platform.text() + ": " + left.reason);
  std::string names;
  for (const HardenedPlatform& platform : report.platforms)
    names += (names.empty() ? "" : ", ") + platform.platform.text();
  print_line(terminal, "result", target + "an index of " + names);
  print_line(terminal, "index", report.index_digest);
}

} // namespace kif::cli
