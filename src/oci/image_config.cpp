// SPDX-License-Identifier: Apache-2.0
#include "oci/image_config.h"

#include <algorithm>

#include <nlohmann/json.hpp>

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
  KIF_TRY(config.stop_signal, object.optional_string("StopSignal"));
  KIF_TRY(config.environment, object.strings("Env"));
  std::erase_if(config.environment, [](const std::string& variable) { // runc takes none of these
    const std::size_t equals = variable.find('=');
    return equals == 0 || equals == std::string::npos;
  });
  KIF_TRY(config.entrypoint, object.strings("Entrypoint"));
  KIF_TRY(config.command, object.strings("Cmd"));
  KIF_TRY(config.labels, object.string_map("Labels"));
  return {};
}

} // namespace

Result<ImageConfig> ImageConfig::from_json(const nlohmann::json& json, const std::string& where) {
  KIF_TRY(const JsonObject document, JsonObject::of(json, where));
  ImageConfig config;
  KIF_TRY(config.platform.os, document.optional_string("os"));
  KIF_TRY(config.platform.architecture, document.optional_string("architecture"));
  KIF_TRY(config.platform.variant, document.optional_string("variant"));
  config.platform.use_go_names();
  KIF_TRY(const JsonObject rootfs, document.object("rootfs"));
  KIF_TRY(config.diff_ids, diff_ids_from(rootfs));
  KIF_TRY(const auto execution, document.optional_object("config"));
  if (execution)
    KIF_CHECK(read_execution(*execution, config));
  return config;
}

void replace_nulls(nlohmann::json& config) {
  const auto in_all = [](nlohmann::json& parent, const char* member, const nlohmann::json& value) {
    if (!parent.is_object())
      return;
    const auto found = parent.find(member);
    if (found == parent.end() || !found->is_structured())
      return;
    for (nlohmann::json& element : *found)
      if (element.is_null())
        element = value;
  };
  in_all(config, "history", nlohmann::json::object());
  if (!config.is_object() || !config.contains("config"))
    return;
  nlohmann::json& execution = config["config"];
  for (const char* member : {"Entrypoint", "Cmd", "Labels"})
    in_all(execution, member, "");
  if (execution.is_object() && execution.contains("Env") && execution["Env"].is_array())
    execution["Env"].erase(std::remove(execution["Env"].begin(), execution["Env"].end(), nullptr),
                           execution["Env"].end());
}

} // namespace kif::oci
