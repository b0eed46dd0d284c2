// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/payload.h"
#include "image/harden.h"

namespace kif::cli {
namespace {

using image::FoundLibcrypto;
using image::HardenOutcome;
using image::HardenReport;

// The default is Debian's current stable module: it loads with every glibc that the rest of the layer loads with.
constexpr const char* k_default_module = "modules/3.5";

struct Options {
  std::string source;
  std::string target;
  std::string module;
  std::string module_claim;
  std::string entropy_library;
  std::string platform;
  bool keep_sun = false;
  bool force = false;
};

// reproducible-builds.org/specs/source-date-epoch: a value that is no number is an error, not ignored.
Result<std::optional<std::int64_t>> source_date_epoch() {
  const char* text = std::getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr || *text == '\0')
    return std::optional<std::int64_t>();
  constexpr std::int64_t k_last_second = 253'402'300'799; // of the year 9999, the last that RFC 3339 can say
  const std::string_view digits(text);
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error != std::errc() || end != digits.data() + digits.size() || seconds < 0 || seconds > k_last_second)
    return fail(Error(ErrorCode::invalid_input, "cannot use the variable SOURCE_DATE_EPOCH")
                    .with_mismatch("seconds since 1970", std::string(digits)));
  return std::optional(seconds);
}

Result<image::HardenRequest> request_from(const Options& options, Terminal& terminal) {
  KIF_TRY(oci::ImageName source, oci::ImageName::parse(options.source));
  KIF_TRY(oci::ImageName target, oci::ImageName::parse(options.target));
  KIF_TRY(const auto payload, payload_folder());
  image::HardenRequest request{.source = std::move(source), .target = std::move(target)};
  if (!options.platform.empty()) {
    KIF_TRY(request.platform, oci::Platform::parse(options.platform));
  }
  request.parts.module = options.module.empty() ? (payload / k_default_module).string() : options.module;
  request.parts.entropy_library =
      options.entropy_library.empty() ? (payload / "libjitterentropy.so.3").string() : options.entropy_library;
  request.parts.provider = payload / "kif-fips.so";
  request.parts.init = payload / "kif-init";
  request.parts.random = payload / "libkif-random.so";
  request.java = {.folder = payload / "java", .library = payload / "libkif-java.so", .keep_sun = options.keep_sun};
  request.claims = {.kif_version = KIF_VERSION, .module_claim = options.module_claim};
  request.force = options.force;
  KIF_TRY(request.source_date_epoch, source_date_epoch());
  request.progress = [&terminal](std::string_view text) { terminal.progress(text); };
  return request;
}

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

std::string claim_of(const image::HardenRequest& request) {
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

void print_json(const HardenReport& report, const image::HardenRequest& request, Terminal& terminal) {
  nlohmann::ordered_json module = part_of(report.parts.module);
  module["claimed"] = claim_of(request);
  const nlohmann::ordered_json document = {
      {"schema", "kif.harden/1"},
      {"outcome", name_of(report.outcome)},
      {"platform", report.platform.text()},
      {"source", {{"name", request.source.text()}, {"digest", report.source_digest}}},
      {"found",
       {{"glibc", {{"path", report.found.glibc_path}, {"version", report.found.glibc.version.text()}}},
        {"libcrypto", {{"path", report.found.libcrypto.path}, {"version", report.found.libcrypto.version}}},
        {"other_libcryptos", list_of(report.found.other_shared)},
        {"linked_in_libcryptos", list_of(report.found.linked_in)},
        {"java", java_of(report.java)},
        {"not_searched", report.found.not_searched}}},
      {"layer",
       {{"diff_id", report.layer_diff_id.text()},
        {"digest", report.layer_digest.text()},
        {"bytes", report.layer_bytes},
        {"module", module},
        {"entropy_library", part_of(report.parts.entropy_library)}}},
      {"target", {{"name", request.target.text()}, {"digest", report.target_digest}, {"written", report.is_written}}},
      {"warnings", report.warnings}};
  terminal.print(document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::string megabytes(std::uint64_t bytes) {
  const std::uint64_t tenths = (bytes + 50'000) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

void print_text(const HardenReport& report, const image::HardenRequest& request, Terminal& terminal) {
  const auto line = [&](std::string_view label, const std::string& text) {
    std::string padded(label);
    padded.resize(12, ' ');
    terminal.print(terminal.styled(Style::dim, padded) + printable(text) + "\n");
  };
  const auto version = [](const std::string& name, const std::string& number) {
    return number.empty() ? name + " of unknown version" : name + " " + number;
  };
  line("image", request.source.text() + "  " + report.platform.text() +
                    (report.source_digest.empty() ? "" : "  " + report.source_digest));
  line("libc", "glibc " + report.found.glibc.version.text() + "  " + report.found.glibc_path);
  line("libcrypto", "OpenSSL " + report.found.libcrypto.version + "  " + report.found.libcrypto.path);
  for (const FoundLibcrypto& other : report.found.other_shared)
    line("", "OpenSSL " + other.version + "  " + other.path);
  for (const image::JavaRuntime& runtime : report.java)
    line("java", version("Java", runtime.version) + "  " + runtime.home);
  line("module", version("FIPS module", report.parts.module.version) + "  " + report.parts.module.digest.text() +
                     "  (claimed: " + claim_of(request) + ")");
  line("entropy", version("jitterentropy", report.parts.entropy_library.version) + "  " +
                      report.parts.entropy_library.digest.text());
  line("layer", report.layer_digest.text() + "  " + megabytes(report.layer_bytes));
  std::string outcome(name_of(report.outcome));
  if (report.outcome == HardenOutcome::already_hardened)
    outcome = report.is_written ? "already hardened, written as it is" : "already hardened, nothing to write";
  line("result", request.target.text() + "  " + outcome);
  line("manifest", report.target_digest);
}

Result<ExitCode> run_harden(const Options& options, Format format, Terminal& terminal) {
  const auto made = request_from(options, terminal);
  if (!made && (made.error().code == ErrorCode::invalid_input || made.error().code == ErrorCode::unsupported)) {
    terminal.show(made.error()); // a name or a number that cannot be read is a mistake on the command line
    return ExitCode::usage;
  }
  KIF_TRY(const image::HardenRequest request, made);
  KIF_TRY(const HardenReport report, image::harden(request));
  for (const std::string& warning : report.warnings)
    terminal.warn(warning);
  if (format == Format::json)
    print_json(report, request, terminal);
  else
    print_text(report, request, terminal);
  return ExitCode::good;
}

} // namespace

void add_harden(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("harden", "put the FIPS layer on top of an existing image");
  command->footer("Images: oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME]. Details: docs/harden.md");
  auto options = std::make_shared<Options>();
  command->add_option("IMAGE", options->source, "the image to harden; it is only read")->required()->type_name("");
  command->add_option("-o,--output", options->target, "where the hardened image is written")
      ->required()
      ->type_name("IMAGE");
  command
      ->add_option("--module", options->module,
                   "FIPS module: fips.so or a folder that holds it (default: Debian's 3.5)")
      ->type_name("FILE|DIR");
  command
      ->add_option("--module-claim", options->module_claim, "what you claim about that module, recorded as your claim")
      ->type_name("TEXT");
  command->add_option("--entropy-lib", options->entropy_library, "libjitterentropy.so.3 (default: Debian's 3.6)")
      ->type_name("FILE");
  command->add_option("--platform", options->platform, "which image of several (default: this machine's)")
      ->type_name("OS/ARCH");
  command->add_flag("--java-sun", options->keep_sun,
                    "keep Java's own provider SUN, last in the list: JKS stores work, and MD5 is not refused");
  command->add_flag("--force", options->force, "replace another FIPS layer, and an image under the output's name");
  add_format_option(*command, invocation);
  command->callback([&invocation, options] {
    invocation.run = [&invocation, options](Terminal& terminal) {
      return run_harden(*options, invocation.format, terminal);
    };
  });
}

} // namespace kif::cli
