// SPDX-License-Identifier: Apache-2.0
#include "oci/image_config.h"

#include "oci/json.h"

namespace kif::oci {
namespace {

Result<std::vector<Digest>> diff_ids_from(const JsonObject& rootfs) {
  KIF_TRY(const std::string type, rootfs.string("type"));
  if (type != "layers")
    return fail(Error(ErrorCode::unsupported, "cannot read " + rootfs.where() + ": unknown rootfs.type")
                    .with_mismatch("layers", type));
  KIF_TRY(const auto texts, rootfs.strings("diff_ids"));
  std::vector<Digest> diff_ids;
  for (const std::string& text : texts) {
    auto digest = Digest::parse(text);
    if (!digest)
      return fail(std::move(digest).error().with_context("cannot read " + rootfs.where() + ": rootfs.diff_ids[" +
                                                         std::to_string(diff_ids.size()) + "]"));
    diff_ids.push_back(*digest);
  }
  return diff_ids;
}

Result<void> read_execution(const JsonObject& object, ImageConfig& config) {
  KIF_TRY(config.user, object.optional_string("User"));
  KIF_TRY(config.working_directory, object.optional_string("WorkingDir"));
  KIF_TRY(config.environment, object.strings("Env"));
  KIF_TRY(config.entrypoint, object.strings("Entrypoint"));
  KIF_TRY(config.command, object.strings("Cmd"));
  KIF_TRY(config.labels, object.string_map("Labels"));
  return {};
}

} // namespace

Result<ImageConfig> ImageConfig::from_json(const nlohmann::json& json, const std::string& where) {
  KIF_TRY(const JsonObject document, JsonObject::of(json, where));
  ImageConfig config;
  KIF_TRY(config.platform.os, document.string("os"));
  KIF_TRY(config.platform.architecture, document.string("architecture"));
  KIF_TRY(config.platform.variant, document.optional_string("variant"));
  KIF_TRY(const JsonObject rootfs, document.object("rootfs"));
  KIF_TRY(config.diff_ids, diff_ids_from(rootfs));
  KIF_TRY(const auto execution, document.optional_object("config"));
  if (execution)
    KIF_CHECK(read_execution(*execution, config));
  return config;
}

} // namespace kif::oci
