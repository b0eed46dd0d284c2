// SPDX-License-Identifier: Apache-2.0
#include "oci/descriptor.h"

#include <nlohmann/json.hpp>

#include "oci/json.h"

namespace kif::oci {
namespace {

Result<Platform> platform_from(const JsonObject& object) {
  Platform platform;
  KIF_TRY(platform.os, object.optional_string("os"));
  KIF_TRY(platform.architecture, object.optional_string("architecture"));
  KIF_TRY(platform.variant, object.optional_string("variant"));
  platform.use_go_names();
  return platform;
}

} // namespace

Result<Descriptor> Descriptor::from_object(const JsonObject& object) {
  KIF_TRY(std::string media_type, object.string("mediaType"));
  KIF_TRY(const std::string digest_text, object.string("digest"));
  auto digest = Digest::parse(digest_text);
  if (!digest)
    return fail(
        std::move(digest).error().with_context("cannot read " + object.where() + ": " + object.path_of("digest")));
  Descriptor descriptor{std::move(media_type), *digest};
  KIF_TRY(descriptor.size, object.size("size"));
  KIF_TRY(descriptor.annotations, object.string_map("annotations"));
  KIF_TRY(descriptor.artifact_type, object.optional_string("artifactType"));
  KIF_TRY(const auto platform, object.optional_object("platform"));
  if (platform) {
    KIF_TRY(descriptor.platform, platform_from(*platform));
    KIF_TRY(descriptor.os_features, platform->strings("os.features"));
  }
  descriptor.json = object.value();
  return descriptor;
}

nlohmann::json Descriptor::to_json() const {
  nlohmann::json result = json.is_object() ? json : nlohmann::json::object();
  result["mediaType"] = media_type;
  result["digest"] = digest.text();
  result["size"] = size;
  if (annotations.empty())
    result.erase("annotations");
  else
    result["annotations"] = annotations;
  if (platform) {
    result["platform"]["os"] = platform->os;
    result["platform"]["architecture"] = platform->architecture;
    if (!platform->variant.empty())
      result["platform"]["variant"] = platform->variant;
  }
  if (!artifact_type.empty())
    result["artifactType"] = artifact_type;
  return result;
}

} // namespace kif::oci
