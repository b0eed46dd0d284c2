// SPDX-License-Identifier: Apache-2.0
#include "image/harden_platform.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/file.h"
#include "image/config_edit.h"
#include "image/existing_layer.h"
#include "image/loader_path.h"
#include "image/preload.h"
#include "image/runtime_support.h"

namespace kif::image {
namespace {

// The parts that go into the image, with the name of each in errors.
std::array<std::pair<const char*, const PayloadFile*>, 5> named(const LayerParts& parts) {
  return {{{"module", &parts.module},
           {"entropy library", &parts.entropy_library},
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
  const auto is_node = [&](const FoundLibcrypto& file) {
    return std::any_of(found.runtimes.begin(), found.runtimes.end(), [&](const RuntimeProgram& program) {
      return program.kind == RuntimeKind::node && program.path == file.path;
    });
  };
  for (const FoundLibcrypto& file : found.linked_in)
    if (!is_node(file))
      warnings.push_back(file.path + " has OpenSSL " + file.version +
                         " linked in; it may ignore the image's OpenSSL configuration");
  for (const FoundLibcrypto& file : found.other_shared)
    if (!file.version.starts_with("3."))
      warnings.push_back(file.path + " is OpenSSL " + file.version + ", which the FIPS layer does not reach");
  for (const std::string& path : found.not_searched)
    warnings.push_back(path + " is too large to be searched for an OpenSSL that is linked in");
  return warnings;
}

std::string parts_text(const std::string& version, const std::string& module, const std::string& library) {
  return "module " + version + " (" + module + "), entropy library " + library;
}

Error other_layer(const oci::Image& image, const LayerParts& parts) {
  const auto label = [&](const char* name) {
    const auto& labels = image.config().labels;
    const auto found = labels.find(name);
    return found == labels.end() ? std::string("unknown") : found->second;
  };
  const std::string wanted =
      parts_text(parts.module.version, parts.module.digest.text(), parts.entropy_library.digest.text());
  const std::string there =
      parts_text(label(k_label_module_version), label(k_label_module_digest), label(k_label_entropy_digest));
  const bool are_same = wanted == there;
  return Error(ErrorCode::conflict, "cannot harden " + image.name().text() + ": it has another FIPS layer already")
      .with_mismatch(wanted + (are_same ? ", kif's own files of this kif" : ""),
                     there + (are_same ? ", kif's own files of another kif, or a layer that was changed" : ""))
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
               const JavaSupport& java) {
  const nlohmann::json& config = image.config_json();
  ConfigEdit edit = edit_config(config, parts, image.config().diff_ids[layer], base_named_by(image), std::nullopt,
                                runtimes.environment);
  edit_java_environment(edit.config, java);
  return edit.config == config;
}

Result<oci::FileTree> read_tree(const oci::Image& image) {
  return oci::FileTree::read(image, {.head_bytes = k_inspection_head_bytes});
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
  KIF_TRY(oci::FileTree tree, read_tree(source));
  KIF_TRY(const auto existing, find_existing_layer(source, tree));
  oci::Image base = source;
  std::optional<oci::FileTree> hardened;
  if (existing) {
    hardened = std::move(tree);
    KIF_TRY(base, without_layer(source, *existing));
    KIF_TRY(tree, read_tree(base));
  }
  KIF_TRY(const std::string preloaded, read_preload(base, tree));
  KIF_TRY(Inspection found, inspect(base, tree, request.progress));
  RuntimeSupport runtimes = support_runtimes(tree, found);
  KIF_TRY(const JavaSupport java, java_support(base, tree, found.glibc, paths.java));
  runtimes.files.insert(runtimes.files.end(), java.files.begin(), java.files.end());
  std::vector<std::string> warnings = warnings_of(found);
  warnings.insert(warnings.end(), runtimes.warnings.begin(), runtimes.warnings.end());
  warnings.insert(warnings.end(), java.warnings.begin(), java.warnings.end());
  LayerClaims claims = request.claims;
  claims.not_reached = warnings;
  const auto files = layer_files(parts, claims, preloaded, std::move(runtimes.files));
  bool is_same_layer = false;
  if (existing) {
    KIF_TRY(is_same_layer, has_files(source, *hardened, *existing, files));
  }
  KIF_CHECK(check_glibc(parts, found.glibc, source));
  KIF_CHECK(check_libraries(parts, base, tree));

  request.progress("making the FIPS layer");
  KIF_CHECK(write_layer(files, tree, request.source_date_epoch.value_or(0), tar));
  KIF_TRY(const Digest diff_id, digest_of_file(tar.string()));
  const BaseIdentity identity = existing ? base_named_by(source) : identity_of(source);
  const auto created = request.source_date_epoch ? rfc3339(*request.source_date_epoch) : std::nullopt;
  ConfigEdit edit = edit_config(base.config_json(), parts, diff_id, identity, created, runtimes.environment);
  edit_java_environment(edit.config, java);

  warnings.insert(warnings.end(), edit.warnings.begin(), edit.warnings.end());
  HardenedPlatform report{.platform = source.platform(),
                          .source_digest = manifest_digest(source),
                          .layer_diff_id = diff_id,
                          .layer_digest = diff_id,
                          .found = std::move(found),
                          .parts = std::move(parts),
                          .java = java.runtimes,
                          .warnings = std::move(warnings)};
  if (is_same_layer && is_set_up(source, *existing, report.parts, runtimes, java)) {
    report.outcome = HardenOutcome::already_hardened;
    report.layer_diff_id = source.config().diff_ids[*existing];
    return PlannedHardening{{source, {}}, source.config_json(), *existing, std::move(report)};
  }
  if (existing && !request.force)
    return fail(is_same_layer ? changed_config(source) : other_layer(source, report.parts));
  report.outcome = existing ? HardenOutcome::replaced : HardenOutcome::hardened;
  nlohmann::json outcome = edit.config;
  outcome["rootfs"]["diff_ids"].push_back(diff_id.text());
  oci::Edit changes{.layers = {{tar, history_entry(report.parts, request.claims, created_of(edit.config))}},
                    .config = std::move(edit.config),
                    .annotations = annotations_of(identity)};
  return PlannedHardening{{base, std::move(changes)}, std::move(outcome), base.layer_count(), std::move(report)};
}

} // namespace kif::image
