// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/jitterentropy.h"
#include "cli/command.h"
#include "cli/harden_report.h"
#include "cli/module_claim.h"
#include "cli/payload.h"
#include "cli/registry_flags.h"
#include "facts/approved.h"
#include "image/harden.h"
#include "oci/write_image.h"

namespace kif::cli {
namespace {

// The default is Debian's current stable module: it loads with every glibc that the rest of the layer loads with.
constexpr const char* k_default_module = "modules/3.5";

constexpr const char* k_module_option = "--module";

constexpr std::array k_architectures = {"amd64", "arm64"}; // those that kif can have a layer for

struct Options {
  std::string source;
  std::string target;
  std::vector<std::string> modules;
  std::string module_claim;
  std::vector<std::string> entropy_libraries;
  jitterentropy::Settings entropy;
  std::vector<std::string> compat;
  std::string platform;
  RegistryFlags registry;
  bool keep_sun = false;
  std::vector<std::string> java_stores;
  std::string java_store_passwords;
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

/// The files that the user names with an option, by the architecture that each is for. What is for none that can be
/// told is taken for all that have no other: whoever reads it says what is wrong with it.
using NamedFiles = std::map<std::string, std::string>;

/// The file itself, or that in the folder. The error names the option: which of several files is meant is not told by a
/// path.
Result<std::filesystem::path> file_of(const std::string& option, const std::string& name) {
  const bool is_module = option == k_module_option;
  std::filesystem::path path(name);
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(path, ignored);
  if (is_folder && is_module)
    path /= "fips.so";
  const std::string what = "cannot use " + name + " as " + option;
  const std::string hint =
      is_module ? "it takes a fips.so, or a folder that holds one" : "it takes a libjitterentropy.so.3";
  if (is_folder && !is_module)
    return fail(Error(ErrorCode::unsupported, what + ": it is a folder").with_hint(hint));
  if (::access(path.c_str(), R_OK) != 0)
    return fail(system_error(errno, is_folder ? what + ": " + path.string() : what).with_hint(hint));
  return path;
}

Result<NamedFiles> sort_by_architecture(const std::string& option, const std::vector<std::string>& files) {
  NamedFiles named;
  for (const std::string& file : files) {
    KIF_TRY(const std::filesystem::path path, file_of(option, file));
    const std::string architecture = image::architecture_of_file(path);
    const bool is_served =
        std::find(k_architectures.begin(), k_architectures.end(), architecture) != k_architectures.end();
    if (!architecture.empty() && !is_served)
      return fail(ErrorCode::invalid_input,
                  "cannot use " + file + " as " + option + ": kif has no layer for " + architecture);
    const auto [there, is_new] = named.emplace(architecture, file);
    if (!is_new)
      return fail(Error(ErrorCode::invalid_input, "cannot use both " + there->second + " and " + file + " as " +
                                                      option +
                                                      (architecture.empty() ? "" : ": both are for " + architecture))
                      .with_hint("name one file for each architecture"));
  }
  return named;
}

std::optional<std::string> named_for(const std::string& architecture, const NamedFiles& files) {
  auto found = files.find(architecture);
  if (found == files.end())
    found = files.find("");
  return found == files.end() ? std::nullopt : std::optional(found->second);
}

/// The key stores that are to be converted. Passwords come from a file or a variable: a command line is everybody's to
/// read.
Result<image::StoreRequest> stores_of(const Options& options) {
  image::StoreRequest request;
  for (const std::string& path : options.java_stores) {
    if (path == "all")
      request.all = true;
    else if (path.starts_with('/'))
      request.paths.push_back(path);
    else
      return fail(Error(ErrorCode::invalid_input, "cannot use " + path + " as --java-store")
                      .with_mismatch("an absolute path in the image, or all", path));
  }
  if (request.is_empty()) {
    if (!options.java_store_passwords.empty())
      return fail(ErrorCode::invalid_input, "cannot use --java-store-passwords without --java-store");
    return request;
  }
  if (!options.java_store_passwords.empty()) {
    KIF_CHECK(image::read_store_passwords(options.java_store_passwords, request));
  }
  if (const char* const password = std::getenv("KIF_JAVA_STORE_PASSWORD");
      password != nullptr && request.password.empty())
    request.password = SecretString(password);
  return request;
}

/// What goes into images of each architecture: kif's own files, and what the user names in place of some. Where the
/// user names files, but none for an architecture, it has no layer: kif's own file would not be what was asked for.
Result<void> collect_parts(const Options& options, image::HardenRequest& request) {
  KIF_TRY(const auto payload, payload_folder());
  KIF_TRY(const image::StoreRequest stores, stores_of(options));
  KIF_TRY(const NamedFiles modules, sort_by_architecture(k_module_option, options.modules));
  KIF_TRY(const NamedFiles entropy_libraries, sort_by_architecture("--entropy-lib", options.entropy_libraries));
  for (const std::string architecture : k_architectures) {
    std::error_code ignored;
    const auto folder = payload / architecture;
    if (!std::filesystem::is_directory(folder, ignored)) {
      request.no_parts[architecture] = "this kif was built without its layer for " + architecture;
      continue;
    }
    const auto module = named_for(architecture, modules);
    const auto entropy_library = named_for(architecture, entropy_libraries);
    if ((!module && !options.modules.empty()) || (!entropy_library && !options.entropy_libraries.empty())) {
      request.no_parts[architecture] = std::string("no file that ") +
                                       (module || options.modules.empty() ? "--entropy-lib" : "--module") +
                                       " names is for " + architecture;
      continue;
    }
    image::ArchitectureParts parts;
    parts.layer = {.module = module.value_or((folder / k_default_module).string()),
                   .entropy_library = entropy_library.value_or((folder / "libjitterentropy.so.3").string()),
                   .gate = folder / "kif-fips.so",
                   .provider = folder / "kif-provider.so",
                   .init = folder / "kif-init",
                   .random = folder / "libkif-random.so",
                   .settings = options.entropy};
    parts.java = {
        .folder = payload / "java",
        .library = folder / "libkif-java.so",
        .choices = {.keep_sun = options.keep_sun,
                    .short_hmac_keys = std::ranges::find(request.compat, "short-hmac-keys") != request.compat.end()},
        .stores = stores};
    request.parts.emplace(architecture, std::move(parts));
  }
  return {};
}

Result<facts::ApprovedTable> approved_table() {
  KIF_TRY(const std::filesystem::path folder, data_folder());
  return facts::read_approved(folder / "approved.yaml");
}

// Below the options of the help: the features that --compat takes.
std::string features_text() {
  const auto table = approved_table();
  if (!table)
    return {};
  std::string text = "\nFeatures for --compat, refused without it; none of them is approved:\n";
  for (const facts::Feature& feature : table->features)
    text += "  " + feature.name + std::string(std::max<std::size_t>(24 - feature.name.size(), 1), ' ') + feature.title +
            "\n";
  return text;
}

Result<image::HardenRequest> request_from(const Options& options, Terminal& terminal) {
  KIF_TRY(oci::ImageName source, oci::ImageName::parse(options.source));
  KIF_TRY(oci::ImageName target, oci::ImageName::parse(options.target));
  KIF_CHECK(oci::check_can_write(target));
  image::HardenRequest request{.source = std::move(source), .target = std::move(target)};
  if (!options.platform.empty()) {
    KIF_TRY(request.platform, oci::Platform::parse(options.platform));
  }
  KIF_CHECK(jitterentropy::check(options.entropy));
  request.claims = {.kif_version = KIF_VERSION, .module_claim = options.module_claim};
  KIF_TRY(request.approved, approved_table());
  KIF_TRY(request.compat, facts::choose_features(request.approved, options.compat));
  KIF_CHECK(collect_parts(options, request)); // what Java gets depends on the features
  request.force = options.force;
  KIF_TRY(request.source_date_epoch, source_date_epoch());
  request.registry = registry_opener(options.registry, terminal);
  request.progress = [&terminal](std::string_view text) { terminal.progress(text); };
  return request;
}

Result<ExitCode> run_harden(const Options& options, Format format, Terminal& terminal) {
  auto made = request_from(options, terminal);
  if (!made && (made.error().code == ErrorCode::invalid_input || made.error().code == ErrorCode::unsupported)) {
    // A name or a number that cannot be read is a mistake on the command line.
    return end_with_usage(made.error(), format, terminal);
  }
  KIF_TRY(image::HardenRequest request, std::move(made));
  const auto claim = look_at_claim(request);
  if (!claim && claim.error().code == ErrorCode::invalid_input)
    return end_with_usage(claim.error(), format, terminal);
  KIF_CHECK(claim);
  KIF_TRY(const image::HardenReport report, image::harden(request));
  for (const image::HardenedPlatform& platform : report.platforms)
    for (const std::string& warning : platform.warnings)
      terminal.warn(report.index_digest.empty() ? warning : platform.platform.text() + ": " + warning);
  if (format == Format::json)
    print_harden_json(report, request, *claim, terminal);
  else
    print_harden_text(report, request, *claim, terminal);
  return ExitCode::good;
}

} // namespace

void add_harden(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("harden", "put the FIPS layer on top of an existing image");
  command->footer([] {
    return "Images: oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME], docker://[HOST/]NAME[:TAG].\n"
           "Details: docs/harden.md, docs/images.md\n" +
           features_text();
  });
  auto options = std::make_shared<Options>();
  command->add_option("IMAGE", options->source, "the image to harden; it is only read")->required()->type_name("");
  command->add_option("-o,--output", options->target, "where the hardened image is written")
      ->required()
      ->type_name("IMAGE");
  repeatable(command->add_option(
                 "--module", options->modules,
                 "FIPS module: fips.so or a folder that holds it (default: Debian's 3.5); one for each architecture"),
             "FILE|DIR");
  command
      ->add_option("--module-claim", options->module_claim, "what you claim about that module, recorded as your claim")
      ->type_name("TEXT");
  repeatable(command->add_option("--entropy-lib", options->entropy_libraries,
                                 "libjitterentropy.so.3 (default: Debian's 3.6); one for each architecture"),
             "FILE");
  command
      ->add_option("--entropy-osr", options->entropy.osr,
                   "jitterentropy's oversampling rate, 3 to 20, if its certificate prescribes one (default: 3)")
      ->type_name("N");
  command
      ->add_option("--entropy-flags", options->entropy.flags,
                   "jitterentropy's flags likewise: ntg1, cache-all, hashloop-N, separated by commas")
      ->type_name("LIST");
  command
      ->add_option("--entropy-memory", options->entropy.memory_bytes,
                   "the most memory that jitterentropy works on likewise: a power of two from 32768")
      ->type_name("BYTES");
  repeatable(
      command->add_option("--compat", options->compat,
                          "let a feature work that FIPS 140-3 does not approve, named below; recorded as your choice"),
      "FEATURE,…");
  command->add_option("--platform", options->platform, "one image of several (default: all that kif has a layer for)")
      ->type_name("OS/ARCH");
  add_registry_flags(*command, options->registry);
  command->add_flag("--java-sun", options->keep_sun,
                    "keep Java's own provider SUN: JKS stores with private keys work, and MD5 is not refused");
  repeatable(command->add_option(
                 "--java-store", options->java_stores,
                 "convert a key store of the image that its Java would refuse, by its path; all: each that is found"),
             "PATH|all");
  command
      ->add_option("--java-store-passwords", options->java_store_passwords,
                   "their passwords: a line \"PATH PASSWORD\" for a store, a line with one alone for all others; else "
                   "the variable KIF_JAVA_STORE_PASSWORD")
      ->type_name("FILE");
  command->add_flag("--force", options->force, "replace another FIPS layer, and an image under the output's name");
  add_format_option(*command, invocation);
  command->callback([&invocation, options] {
    invocation.run = [&invocation, options](Terminal& terminal) {
      return run_harden(*options, invocation.format, terminal);
    };
  });
}

} // namespace kif::cli
