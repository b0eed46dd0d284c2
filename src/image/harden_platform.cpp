// SPDX-License-Identifier: Apache-2.0
#include "image/harden_platform.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/jitterentropy.h"
#include "base/openssl_majors.h"
#include "base/variables.h"
#include "image/config_edit.h"
#include "image/existing_layer.h"
#include "image/fips_module.h"
#include "image/inspection/config_places.h"
#include "image/inspection/first_process.h"
#include "image/inspection/loader_path.h"
#include "image/openssl_config.h"
#include "image/preload.h"
#include "image/runtime_support.h"

namespace kif::image {
namespace {

constexpr std::size_t k_most_layers = 125; // moby, layer/layer_store.go: maxLayerDepth

// The parts that go into the image, with the name of each in errors.
std::array<std::pair<const char*, const PayloadFile*>, 6> named(const LayerParts& parts) {
  return {{{"module", &parts.module},
           {"entropy library", &parts.entropy_library},
           {"gate", &parts.gate},
           {"provider", &parts.provider},
           {"kif-init", &parts.init},
           {"libkif-random.so", &parts.random}}};
}

Result<void> check_architecture(const LayerParts& parts, const oci::Image& image) {
  for (const auto& [name, part] : named(parts))
    if (part->elf.architecture != image.platform().architecture)
      return fail(Error(ErrorCode::unsupported, "cannot use " + part->path.string() + " as the " + name + " of " +
                                                    image.name().text() + ": it is for another architecture")
                      .with_mismatch(image.platform().architecture, part->elf.architecture));
  return {};
}

Result<void> check_glibc(const LayerParts& parts, const Glibc& glibc, const oci::Image& image) {
  for (const auto& [name, part] : named(parts))
    KIF_CHECK(check_loadable(part->elf, part->path.string() + " in " + image.name().text(), glibc));
  return {};
}

// glibc is there, which check_glibc() is about, and its loader is not looked up in folders.
bool is_of_glibc(std::string_view library) {
  constexpr std::array<std::string_view, 5> names = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2",
                                                     "librt.so.1"};
  return library.starts_with("ld-linux") || std::find(names.begin(), names.end(), library) != names.end();
}

// A vendor's module may need more than libc. That a library of that name is there is all that is looked at.
Result<void> check_libraries(const LayerParts& parts, const oci::Image& image, const oci::FileTree& tree) {
  KIF_TRY(const auto folders, loader_folders(image, tree));
  for (const auto& [name, part] : named(parts))
    for (const std::string& library : part->elf.needed_libraries)
      if (!is_of_glibc(library) && find_libraries(tree, folders, library).empty())
        return fail(ErrorCode::unsupported, "cannot use " + part->path.string() + " in " + image.name().text() +
                                                ": it needs " + library + ", which the image does not have");
  return {};
}

// The image's name without the path on this machine, which is nobody else's, and would make two hardenings differ.
BaseIdentity identity_of(const oci::Image& image) {
  return {image.name().reference(), manifest_digest(image)};
}

std::vector<std::string> warnings_of(const Inspection& found) {
  std::vector<std::string> warnings;
  // Node is known to follow it: it has a section of its own there.
  std::set<std::string_view> nodes;
  for (const RuntimeProgram& program : found.runtimes)
    if (program.kind == RuntimeKind::node)
      nodes.insert(program.path);
  for (const FoundLibcrypto& file : found.linked_in)
    if (file.is_static)
      warnings.push_back(file.path + " is a static program with " + file.name() +
                         " linked in: it cannot load the FIPS layer, and fails with an error if it follows the "
                         "image's OpenSSL configuration");
    else if (!nodes.contains(file.path))
      warnings.push_back(file.path + " has " + file.name() +
                         " linked in; it may ignore the image's OpenSSL configuration");
  for (const FoundLibcrypto& file : found.other_shared)
    if (known_major(file.version) == nullptr)
      warnings.push_back(file.path + " is " + file.name() + ", which the FIPS layer does not reach: it is for " +
                         k_openssl_majors_text);
  for (const std::string& path : found.not_searched)
    warnings.push_back(path + " is too large to be searched for an OpenSSL that is linked in");
  return warnings;
}

// What kif-init would refuse to start with.
std::vector<std::string> variable_warnings(const oci::Image& image) {
  std::vector<const char*> environment;
  for (const std::string& variable : image.config().environment)
    environment.push_back(variable.c_str());
  environment.push_back(nullptr);
  const auto checked = variables::check(environment.data());
  if (checked)
    return {};
  const Error& error = checked.error();
  return {"kif-init will refuse to start with a variable of the image: " + error.message +
          (error.expected.empty() ? "" : ", expected " + error.expected) +
          (error.hint.empty() ? "" : " (" + error.hint + ")")};
}

std::string parts_text(const std::string& version, const std::string& module, const std::string& library,
                       const std::string& settings, const std::string& compat) {
  return "module " + version + " (" + module + "), entropy library " + library +
         (settings.empty() ? "" : " (" + settings + ")") + (compat.empty() ? "" : ", compat " + compat);
}

Error other_layer(const oci::Image& image, const LayerParts& parts, const std::vector<std::string>& compat) {
  const auto label = [&](const char* name, const char* otherwise) {
    const auto& labels = image.config().labels;
    const auto found = labels.find(name);
    return found == labels.end() ? std::string(otherwise) : found->second;
  };
  const std::string wanted =
      parts_text(parts.module.version, parts.module.digest.text(), parts.entropy_library.digest.text(),
                 jitterentropy::describe(parts.settings), compat_text(compat));
  const std::string there = parts_text(
      label(k_label_module_version, "unknown"), label(k_label_module_digest, "unknown"),
      label(k_label_entropy_digest, "unknown"), label(k_label_entropy_settings, ""), label(k_label_compat, ""));
  const bool are_same = wanted == there;
  return Error(ErrorCode::conflict, "cannot harden " + image.name().text() + ": it has another FIPS layer already")
      .with_mismatch(
          wanted + (are_same ? ", kif's own files of this kif" : ""),
          there + (are_same
                       ? ", kif's own files of another kif, other key stores converted, or a layer that was changed"
                       : ""))
      .with_hint("--force puts the new layer in its place");
}

Error changed_config(const oci::Image& image) {
  return Error(ErrorCode::conflict,
               "cannot harden " + image.name().text() +
                   ": it has this FIPS layer, but its entrypoint, environment or labels were changed")
      .with_hint("--force sets them again");
}

oci::Annotations annotations_of(const BaseIdentity& base) {
  oci::Annotations annotations;
  if (!base.name.empty())
    annotations[k_label_base_name] = base.name;
  if (!base.digest.empty())
    annotations[k_label_base_digest] = base.digest;
  return annotations;
}

std::optional<std::string> created_of(const nlohmann::json& config) {
  const auto created = config.find("created");
  return created != config.end() && created->is_string() ? std::optional(created->get<std::string>()) : std::nullopt;
}

// Whether the configuration of a hardened image says all that hardening it would make it say.
bool is_set_up(const oci::Image& image, std::size_t layer, const LayerParts& parts, const RuntimeSupport& runtimes,
               const JavaSupport& java, const std::vector<std::string>& compat) {
  const nlohmann::json& config = image.config_json();
  ConfigEdit edit = edit_config(config, parts, image.config().diff_ids[layer], base_named_by(image), std::nullopt,
                                runtimes.environment, compat);
  edit_java_environment(edit.config, java);
  return edit.config == config;
}

struct Trees {
  oci::FileTree base;
  std::optional<oci::FileTree> hardened; ///< with the FIPS layer that is there already
};

Result<Trees> read_trees(const oci::Image& source, const oci::Image& base, std::optional<std::size_t> existing) {
  if (existing) {
    KIF_TRY(auto pair,
            oci::FileTree::read_with_and_without(source, *existing, base, inspection_options(source.config())));
    return Trees{std::move(pair.rest), std::move(pair.whole)};
  }
  KIF_TRY(oci::FileTree tree, oci::FileTree::read(source, inspection_options(source.config())));
  KIF_CHECK(check_no_merged_layer(source, tree));
  return Trees{std::move(tree), std::nullopt};
}

} // namespace

std::string manifest_digest(const oci::Image& image) {
  const auto& manifest = image.manifest_descriptor();
  return manifest ? manifest->digest.text() : std::string();
}

Result<PlannedHardening> plan_hardening(const oci::Image& source, const ArchitectureParts& paths,
                                        const HardenRequest& request, const std::filesystem::path& tar) {
  KIF_TRY(LayerParts parts, read_parts(paths.layer));
  KIF_CHECK(check_architecture(parts, source));

  request.progress("reading " + source.name().text());
  const auto existing = find_existing_layer(source);
  oci::Image base = source;
  if (existing) {
    KIF_TRY(base, without_layer(source, *existing));
  }
  KIF_TRY(const Trees trees, read_trees(source, base, existing));
  const oci::FileTree& tree = trees.base;
  KIF_TRY(const std::string preloaded, read_preload(base, tree));
  KIF_TRY(Inspection found, inspect(base, tree, request.progress));
  RuntimeSupport runtimes = support_runtimes(tree, found);
  KIF_TRY(const JavaSupport java, java_support(base, tree, found.glibc, paths.java));
  runtimes.files.insert(runtimes.files.end(), java.files.begin(), java.files.end());
  const auto libssl = oldest_libssl(found);
  ApprovedSettings settings = approved_settings(parts.module, request.approved, request.compat, libssl);
  KIF_TRY(const ConfigPlaces places,
          find_config_places(base, tree, found.openssl_folders, openssl_config(settings, parts.settings)));
  if (!java.runtimes.empty() && paths.java.choices.keep_sun)
    settings.compat.emplace_back(k_java_sun); // recorded as the choices of --compat are
  const std::vector<std::string> choices = settings.compat;
  std::vector<std::string> warnings = warnings_of(found);
  warnings.insert(warnings.end(), places.not_reached.begin(), places.not_reached.end());
  LayerClaims claims = request.claims;
  claims.not_reached = warnings;
  claims.java_stores = java.converted_stores;
  const auto append = [](std::vector<std::string>& list, const std::vector<std::string>& more) {
    list.insert(list.end(), more.begin(), more.end());
  };
  append(warnings, runtimes.warnings);
  append(claims.not_reached, runtimes.not_reached);
  for (std::vector<std::string>* list : {&warnings, &claims.not_reached}) {
    append(*list, java.warnings);
    if (const std::string text = jitterentropy::describe(parts.settings); !text.empty() && !java.runtimes.empty())
      list->push_back("Java's entropy source runs without the settings of jitterentropy: " + text);
  }
  append(warnings, java.advice); // the layer reaches those programs: that is not for its description
  const auto files = layer_files(parts, claims, settings, preloaded, std::move(runtimes.files), places);
  bool is_same_layer = false;
  if (existing) {
    KIF_TRY(is_same_layer, has_files(source, *trees.hardened, *existing, files));
  }
  KIF_CHECK(check_glibc(parts, found.glibc, source));
  KIF_CHECK(check_libraries(parts, base, tree));

  request.progress("making the FIPS layer");
  KIF_CHECK(write_layer(files, tree, request.source_date_epoch.value_or(0), tar));
  KIF_TRY(const Digest diff_id, digest_of_file(tar.string()));
  const BaseIdentity identity = existing ? base_named_by(source) : identity_of(source);
  const auto created = request.source_date_epoch ? rfc3339(*request.source_date_epoch) : std::nullopt;
  ConfigEdit edit = edit_config(base.config_json(), parts, diff_id, identity, created, runtimes.environment, choices);
  edit_java_environment(edit.config, java);

  if (found.first_process)
    warnings.push_back(*found.first_process);
  const auto of_variables = variable_warnings(base);
  warnings.insert(warnings.end(), of_variables.begin(), of_variables.end());
  const auto of_compat = compat_warnings(parts.module, request.approved, request.compat, libssl);
  warnings.insert(warnings.end(), of_compat.begin(), of_compat.end());
  // Of the image as it is stored, which the layer must not tell: the next one may be stored otherwise.
  if (base.layer_count() + 1 > k_most_layers)
    warnings.push_back("with the FIPS layer the image has " + std::to_string(base.layer_count() + 1) +
                       " layers; docker takes " + std::to_string(k_most_layers) + " at most");
  KIF_TRY(const auto wrong_labels, base.wrong_labels());
  warnings.insert(warnings.end(), wrong_labels.begin(), wrong_labels.end());
  warnings.insert(warnings.end(), places.warnings.begin(), places.warnings.end());
  warnings.insert(warnings.end(), edit.warnings.begin(), edit.warnings.end());
  PlatformOutcome report{.platform = source.platform(),
                         .source_digest = manifest_digest(source),
                         .layer_diff_id = diff_id,
                         .found = std::move(found),
                         .parts = std::move(parts),
                         .settings = std::move(settings),
                         .java = java.runtimes,
                         .java_stores = java.converted_stores,
                         .not_reached = std::move(claims.not_reached),
                         .warnings = std::move(warnings)};
  if (is_same_layer && is_set_up(source, *existing, report.parts, runtimes, java, choices)) {
    report.outcome = HardenOutcome::already_hardened;
    report.layer_diff_id = source.config().diff_ids[*existing];
    return PlannedHardening{{source, {}}, source.config_json(), *existing, std::move(report)};
  }
  if (existing && !request.force)
    return fail(is_same_layer ? changed_config(source) : other_layer(source, report.parts, choices));
  report.outcome = existing ? HardenOutcome::replaced : HardenOutcome::hardened;
  nlohmann::json outcome = edit.config;
  outcome["rootfs"]["diff_ids"].push_back(diff_id.text());
  oci::Edit changes{.layers = {{tar, history_entry(report.parts, request.claims, created_of(edit.config), choices)}},
                    .config = std::move(edit.config),
                    .annotations = annotations_of(identity)};
  return PlannedHardening{{base, std::move(changes)}, std::move(outcome), base.layer_count(), std::move(report)};
}

} // namespace kif::image
